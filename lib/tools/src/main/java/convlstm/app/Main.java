package convlstm.app;

import convlstm.app.grade.Grade;
import convlstm.backend.cuda.Ptx;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The programs by name: {@code mvn -q -Drun=NAME -Dargs="..."} starts this class with the name and the arguments. */
public final class Main {
    /** What a program is: its {@code main}. */
    @FunctionalInterface
    private interface Program {
        void main(String... args) throws Exception;
    }

    private static final Map<String, Program> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("lab", args -> Lab.main("open"));
        PROGRAMS.put("doctor", Doctor::main);
        PROGRAMS.put("kernel", args -> Lab.main("kernel"));
        PROGRAMS.put("refresh", args -> Lab.main("refresh", System.getProperty("notebooks", "")));
        PROGRAMS.put("assignments", Assignments::main);
        PROGRAMS.put("html", args -> Lab.main("html"));
        PROGRAMS.put("compare", Compare::main);
        PROGRAMS.put("evidence", Evidence::main);
        PROGRAMS.put("paper", PaperRun::main);
        PROGRAMS.put("flagship", Flagship::main);
        PROGRAMS.put("bench", Bench::main);
        PROGRAMS.put("grade", Grade::main);
        PROGRAMS.put("keras", KerasCheck::main);
        PROGRAMS.put("soak", Soak::main);
        PROGRAMS.put("bundle", Bundle::main);
        PROGRAMS.put("picture", ReadmePicture::main);
        PROGRAMS.put("ptx", Ptx::main);
        PROGRAMS.put("jmh", Main::jmh);
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
        Program program = PROGRAMS.get(args.length == 0 ? "lab" : args[0]);
        if (program == null) {
            System.err.println("run: expected one of " + String.join(", ", names()) + ", got '" + args[0]
                    + "'. Hint: lib/README.md, \"Programs\", says what they do; plain mvn opens the course");
            System.exit(1);
            return;
        }
        program.main(args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length));
    }

    /** The benchmarks are compiled with the tests, and JMH is on their class path only. */
    private static void jmh(String... args) throws ReflectiveOperationException {
        Class.forName("org.openjdk.jmh.Main").getMethod("main", String[].class).invoke(null, (Object) args);
    }
}
