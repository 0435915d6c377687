package convlstm.app;

import convlstm.app.grade.Grade;
import convlstm.backend.cuda.Ptx;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The programs by name: {@code mvn -q -Drun=NAME -Dargs="..."} starts this class with the name and the arguments. */
public final class Main {
    /** How a program is started. */
    @FunctionalInterface
    private interface Start {
        void with(String... args) throws Exception;
    }

    /** A program: what it does and takes, as {@code --help} prints it, or empty if it prints a page of its own. */
    private record Program(String help, Start start) {}

    private static final Map<String, Program> PROGRAMS = new LinkedHashMap<>();

    static {
        put("lab", "opens the course in JupyterLab; -Dlab.browser=false, -Dlab.heap=3g, -Dlab.folder=notebooks",
                args -> Lab.main("open"));
        put("doctor", "checks that everything is there and works", Doctor::main);
        put("kernel", "installs the Java kernel and prints the JUPYTER_PATH to set", args -> Lab.main("kernel"));
        put("refresh", "runs the notebooks and stores their outputs; -Dnotebooks=06 those with 06 in their path",
                args -> Lab.main("refresh", System.getProperty("notebooks", "")));
        put("assignments", "makes the assignments for students and instructors from notebooks/assignments/source;"
                + " -Dargs=students only the students'", Assignments::main);
        put("html", "exports the course as a site to target/html", args -> Lab.main("html"));
        put("compare",
                "trains both architectures on moving digits, results in target/compare; -Dargs=\"name=number ...\","
                        + " by default " + CompareOptions.parse(),
                Compare::main);
        put("evidence", "", Evidence::main);
        put("paper", "trains the six models of the paper's Table 1;"
                + " -Dargs=\"small|full [--epochs N] [--seed N] [--backend NAME]\", by default small", PaperRun::main);
        put("flagship", "", Flagship::main);
        put("bench", "", Bench::main);
        put("grade", "", Grade::main);
        put("keras", "compares a Keras model with the same in the kit; -Dargs=\"MODEL.keras PROBE.npz\"",
                KerasCheck::main);
        put("soak", "trains for a time and shows that memory stays flat;"
                + " -Dargs=\"[--minutes N] [--backend NAME]\", by default 30 minutes", Soak::main);
        put("bundle", "makes an archive for a GPU machine, in target/", Bundle::main);
        put("picture", "draws the pictures of README.md anew", ReadmePicture::main);
        put("ptx", "compiles kernels.cu to the PTX that is stored; -Dnvrtc=LIBRARY", Ptx::main);
        put("jmh", "runs JMH's benchmarks; -Dargs is JMH's, -Dargs=-h its help", Main::jmh);
    }

    private static void put(String name, String help, Start start) {
        PROGRAMS.put(name, new Program(help, start));
    }

    private Main() {}

    /** Every name. */
    static Iterable<String> names() {
        return PROGRAMS.keySet();
    }

    /**
     * Starts a program.
     *
     * @param args its name, and what it takes
     */
    public static void main(String[] args) throws Exception {
        new Checkout(Path.of("").toAbsolutePath()).sweepJars(System.getProperty("java.class.path"));
        Program program = PROGRAMS.get(args.length == 0 ? "lab" : args[0]);
        if (program == null) {
            System.err.println("run: expected one of " + String.join(", ", names()) + ", got '" + args[0]
                    + "'. Hint: -Dargs=--help says what one does; plain mvn opens the course");
            System.exit(1);
            return;
        }
        String help = help(args);
        if (help.isEmpty()) {
            program.start.with(args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length));
        } else {
            System.out.println(help);
        }
    }

    /** What to print if {@code --help} is among the arguments; empty if it is not, or the program prints it itself. */
    static String help(String... args) {
        String help = args.length < 2 || !List.of(args).contains("--help") ? "" : PROGRAMS.get(args[0]).help;
        return help.isEmpty() ? "" : "mvn -q -Drun=" + args[0] + "\n  " + help;
    }

    /** The benchmarks are compiled with the tests, and JMH is on their class path only. */
    private static void jmh(String... args) throws ReflectiveOperationException {
        Class.forName("org.openjdk.jmh.Main").getMethod("main", String[].class).invoke(null, (Object) args);
    }
}
