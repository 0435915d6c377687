package convlstm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a run is measured, and how wide vectors may be there.
 *
 * @param processor its name
 * @param threads logical cores; everybody uses all
 * @param bits of the processor's widest vectors; 0 if not known
 * @param isa one of {@link #ISAS} to hold the run to; empty for what the processor has
 */
record BenchMachine(String processor, int threads, int bits, String isa) {
    /** What a run can be held to. */
    static final List<String> ISAS = List.of("avx2", "128");

    /**
     * This computer.
     *
     * @throws LabException if the processor has never had the instructions
     */
    static BenchMachine here(Checkout kit, String isa) throws IOException {
        String arch = System.getProperty("os.arch");
        if (isa.equals("avx2") && !arch.matches("amd64|x86_64|x86")) {
            throw new LabException("--isa avx2: expected an x86 processor, got " + arch + ". Hint: --isa 128");
        }
        Path cpuinfo = Path.of("/proc/cpuinfo");
        String text = Files.isReadable(cpuinfo) ? Files.readString(cpuinfo) : "";
        Matcher name = Pattern.compile("(?m)^model name\\s*:\\s*(.*\\S)").matcher(text);
        Patient patient = new Patient(kit);
        String processor = name.find()
                ? name.group(1)
                : patient.output("sysctl", "-n", "machdep.cpu.brand_string") // on macOS; the other is Windows'
                        .orElse(patient.variable("PROCESSOR_IDENTIFIER"));
        return new BenchMachine(processor.isEmpty() ? arch : processor, BenchRun.THREADS,
                bits(text, patient.vectorBits()), isa);
    }

    /** Bits of the widest vectors, by the text of {@code /proc/cpuinfo}; where it does not say, what Java uses. */
    static int bits(String cpuinfo, int javas) {
        Matcher flags = Pattern.compile("(?m)^flags\\s*:(.*)").matcher(cpuinfo);
        List<String> has = flags.find() ? List.of(flags.group(1).strip().split(" ")) : List.of();
        return has.isEmpty() ? javas : has.contains("avx512f") ? 512 : has.contains("avx2") ? 256 : 128;
    }

    /** Whether the processor has wider vectors than the run may use. */
    private boolean held() {
        return !isa.isEmpty() && (bits == 0 || bits > (isa.equals("avx2") ? 256 : 128));
    }

    /** Who is held to what, in words; empty for nobody. */
    String heldTo() {
        return !held()
                ? ""
                : isa.equals("avx2") ? "all held to AVX2" : "the kit held to 128 bits, the peers as they are";
    }

    /** What a JVM of the kit is told in order to keep to it. */
    List<String> javaFlags() {
        return !held() ? List.of() : List.of(isa.equals("avx2") ? "-XX:UseAVX=2" : "-XX:MaxVectorSize=16");
    }

    /** What everybody's libraries are told: oneDNN, ATen and PyTorch's compiler, MKL, XLA, OpenBLAS. */
    Map<String, String> environment() {
        return !held() || isa.equals("128")
                ? Map.of()
                : Map.of("ONEDNN_MAX_CPU_ISA", "AVX2", "ATEN_CPU_CAPABILITY", "avx2",
                        "MKL_ENABLE_INSTRUCTIONS", "AVX2", "XLA_FLAGS", "--xla_cpu_max_isa=AVX2",
                        "OPENBLAS_CORETYPE", "Haswell");
    }

    /** The machine in words, and what becomes of {@code --isa} on it. */
    String words() {
        String held = heldTo().isEmpty()
                ? "nothing had to be held: the processor has no more than --isa " + isa
                : heldTo();
        return words(processor, "" + threads, "" + bits, isa.isEmpty() ? "" : held);
    }

    static String words(String processor, String threads, String bits, String held) {
        return processor + ", " + threads + " threads" + (bits.equals("0") ? "" : ", vectors of " + bits + " bits")
                + (held.isEmpty() ? "" : "; " + held);
    }
}
