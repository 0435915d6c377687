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

    private static final Map<String, Start> PROGRAMS = new LinkedHashMap<>();

    static {
        put("lab", "opens the course in JupyterLab; -Dlab.browser=false, -Dlab.heap=3g, -Dlab.folder=notebooks",
                _ -> Lab.start(Lab::open));
        put("doctor", "checks that everything is there and works", Doctor::main);
        put("kernel", "installs the Java kernel and prints the JUPYTER_PATH to set", _ -> Lab.start(Lab::kernel));
        put("refresh", "runs the notebooks and stores their outputs; -Dnotebooks=06 those with 06 in their path",
                _ -> Lab.start(kit -> Lab.refresh(kit, System.getProperty("notebooks", ""))));
        put("assignments", Assignments::main);
        put("html", "exports the course as a site to target/html",
                _ -> Lab.start(kit -> HtmlExport.write(kit, Jupyter.find(kit))));
        put("compare", Compare::main);
        put("evidence", Evidence::main);
        put("paper", PaperRun::main);
        put("flagship", Flagship::main);
        put("bench", Bench::main);
        put("grade", Grade::main);
        put("keras", KerasCheck::main);
        put("soak", Soak::main);
        put("bundle", "makes an archive for a GPU machine, in target/", Bundle::main);
        put("picture", "draws the pictures of README.md anew", ReadmePicture::main);
        put("ptx", "compiles kernels.cu to the PTX that is stored; -Dnvrtc=LIBRARY", Ptx::main);
        put("jars", "puts the jars that notebooks load into target/jars, as every program does first", _ -> {});
        put("jmh", Main::jmh);
    }

    private static void put(String name, Start start) {
        PROGRAMS.put(name, start);
    }

    /** A program that takes no arguments. */
    private static void put(String name, String does, Start start) {
        put(name, args -> Options.start("mvn -q -Drun=" + name + "\n  " + does, 0, _ -> start.with(), args));
    }

    private Main() {}

    static Iterable<String> names() {
        return PROGRAMS.keySet();
    }

    /**
     * Starts a program.
     *
     * @param args its name, and what it takes
     */
    public static void main(String[] args) throws Exception {
        new Checkout(Path.of("").toAbsolutePath()).fillJars(System.getProperty("java.class.path"));
        Start program = PROGRAMS.get(args.length == 0 ? "lab" : args[0]);
        if (program == null) {
            System.err.println("run: expected one of " + String.join(", ", names()) + ", got '" + args[0]
                    + "'. Hint: -Dargs=--help says what one does; plain mvn opens the course");
            System.exit(1);
            return;
        }
        program.with(args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length));
    }

    /** The benchmarks are compiled with the tests, and JMH is on their class path only. */
    private static void jmh(String... args) throws Exception {
        if (List.of(args).contains("--help")) {
            System.out.println(
                    "mvn -q -Drun=jmh -Dargs=\"...\"\n  runs JMH's benchmarks; -Dargs is JMH's, -Dargs=-h its help");
        } else {
            Class.forName("org.openjdk.jmh.Main").getMethod("main", String[].class).invoke(null, (Object) args);
        }
    }
}
