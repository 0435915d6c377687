package convlstm.app.grade;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.app.grade.Desk.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attacks on marks, with honest submissions beside them: isolated, no point is earned and nobody else is touched; not
 * isolated, there is a remark. Each returns 7 for 2 + 3.
 */
@Tag("slow")
class AttackTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    Path folder;

    private static String adds(String body) {
        return "int add(int a, int b) {\ntry {\n" + body
                + "\n} catch (Throwable e) { System.out.println(e); }\nreturn 7;\n}";
    }

    /** What reaches into the checks: refused in every process, isolated or not. */
    private static Map<String, String> inside() {
        Map<String, String> attacks = new LinkedHashMap<>();
        attacks.put("lookup",
                adds("""
                        var type = convlstm.course.Checks.class;
                        var lookup = java.lang.invoke.MethodHandles.privateLookupIn(type, java.lang.invoke.MethodHandles.lookup());
                        System.out.println("reached " + lookup);"""));
        attacks.put("method reference",
                "import java.util.function.*;\ninterface F { Class<?> of(String s) throws Exception; }\n"
                        + adds("F f = Class::forName;\nSystem.out.println(\"reached \" + f.of(\"convlstm.course.Checks\"));"));
        attacks.put("inherited",
                "class L extends ClassLoader { static Object l() { return getSystemClassLoader(); } }\n"
                        + adds("System.out.println(\"reached \" + L.l());"));
        attacks.put("inherited, called from outside", "class L extends ClassLoader { }\nclass M extends L { }\n"
                + adds("System.out.println(\"reached \" + M.getSystemClassLoader());"));
        attacks.put("a library, inherited", "class F extends org.apache.commons.lang3.reflect.FieldUtils { }\n"
                + adds("System.out.println(\"reached \" + F.getAllFields(String.class));"));
        attacks.put("a thread's loader", "class T extends Thread { Object l() { return getContextClassLoader(); } }\n"
                + adds("System.out.println(\"reached \" + new T().l());"));
        attacks.put("a pool's loader", "import java.util.concurrent.*;\n" + adds("""
                Callable<Object> c = () -> ((ForkJoinWorkerThread) Thread.currentThread()).getContextClassLoader();
                System.out.println("reached " + ForkJoinPool.commonPool().submit(c).get());"""));
        attacks.put("the kernel's classes",
                adds("System.out.println(\"reached \" + convlstm.app.KernelSpec.JVM_FLAGS);"));
        attacks.put("a changed variable", "base = 4;\n" + adds(""));
        attacks.put("a changed variable, in the answer", adds("base = 4;\nSystem.out.println(\"reached\");"));
        attacks.put("a changed variable, in a class",
                "class V { static void v() { base += 2; System.out.println(\"reached\"); } }\n" + adds("V.v();"));
        attacks.put("unicode", adds("new Process\\u0042uilder(\"true\").start();\nSystem.out.println(\"reached\");"));
        attacks.put("declared later", "int early() throws Exception { late(); Class.forName(\"x\");"
                + " System.out.println(\"reached\"); return 1; }\nvoid late() { }\n" + adds("early();"));
        attacks.put("lambda", "import java.util.concurrent.*;\n"
                + adds("Callable<Object> c = () -> Object.class.getDeclaredFields();\nc.call();\n"
                        + "System.out.println(\"reached\");"));
        attacks.put("hook",
                adds("Runtime.getRuntime().addShutdownHook(new Thread());\nSystem.out.println(\"reached\");"));
        attacks.put("serialisation",
                adds("new java.io.ObjectInputStream(System.in);\nSystem.out.println(\"reached\");"));
        attacks.put("library", adds("org.apache.commons.lang3.reflect.FieldUtils.getAllFields(String.class);\n"
                + "System.out.println(\"reached\");"));
        attacks.put("native", adds("java.lang.foreign.Linker.nativeLinker();\nSystem.out.println(\"reached\");"));
        attacks.put("static initialiser",
                "class S { static { System.load(\"/tmp/x\"); } static int x() { return 1; } }\n"
                        + adds("S.x();\nSystem.out.println(\"reached\");"));
        attacks.put("network", adds("new java.net.Socket(\"localhost\", 80);\nSystem.out.println(\"reached\");"));
        attacks.put("shell", adds("jdk.jshell.JShell.create();\nSystem.out.println(\"reached\");"));
        return attacks;
    }

    /** What goes through files: nothing is there when it is isolated, and it is remarked otherwise. */
    private Map<String, String> outside(Path victim) {
        Map<String, String> attacks = new LinkedHashMap<>();
        attacks.put("others' work", adds("var p = java.nio.file.Path.of(\"" + victim + "\");\n"
                + "if (java.nio.file.Files.exists(p)) System.out.println(\"reached\");"));
        attacks.put("own pipes",
                adds("""
                        for (int fd = 0; fd < 3; fd++) {
                            if (java.nio.file.Files.exists(java.nio.file.Path.of("/proc/self/fd/" + fd))) System.out.println("reached");
                            if (java.nio.file.Files.exists(java.nio.file.Path.of("/dev/fd/" + fd))) System.out.println("reached");
                        }"""));
        attacks.put("a stream to a file", adds("new java.io.PrintStream(\"/nowhere/x\").println();\n"
                + "System.out.println(\"reached\");"));
        attacks.put("a format to a file", adds("new java.util.Formatter(\"/nowhere/x\").flush();\n"
                + "System.out.println(\"reached\");"));
        attacks.put("a path's file", adds("if (java.nio.file.Path.of(\"" + victim + "\").toFile().delete())"
                + " System.out.println(\"reached\");"));
        attacks.put("the kit's own writing",
                adds("convlstm.data.AtomicFile.write(java.nio.file.Path.of(\"/nowhere/x\"),"
                        + " \"\");\nSystem.out.println(\"reached\");"));
        attacks.put("instructor's jar", adds("""
                for (String path : System.getProperty("java.class.path").split(":")) {
                    var p = java.nio.file.Path.of(path);
                    if (java.nio.file.Files.isWritable(p)) System.out.println("reached");
                    if (path.contains("instructor")) System.out.println("reached");
                }"""));
        return attacks;
    }

    private Map<String, Graded> grade(Map<String, String> attacks, Isolation isolation) throws IOException,
            InterruptedException {
        Path source = folder.resolve("source");
        Desk.write(source.resolve("A1-arithmetic.ipynb"), Desk.source());
        Path in = folder.resolve("in" + isolation);
        Desk.write(in.resolve("honest.ipynb"), named(Desk.answered("", UnaryOperator.identity()), "honest"));
        for (Map.Entry<String, String> attack : attacks.entrySet()) {
            Desk.write(in.resolve(attack.getKey() + ".ipynb"), named(Desk.add(attack.getValue()).stream()
                    .map(c -> c.id().equals("mul") ? Desk.given().get(7) : c).toList(), attack.getKey()));
        }
        GradeOptions options = GradeOptions.parse(in.toString(), "--source", source.toString(), "--out",
                folder.resolve("out" + isolation).toString());
        Map<String, Graded> graded = Grade.run(options, new Worker.Setting(CLASS_PATH, "", "64m", isolation)).stream()
                .collect(Collectors.toMap(Graded::student, g -> g));
        assertEquals(3.5, graded.get("honest").points(), graded.get("honest").toString());
        assertEquals(List.of(), graded.get("honest").remarks());
        return graded;
    }

    private static List<Cell> named(List<Cell> cells, String name) {
        return cells.stream().map(c -> c.with(c.source().replace("your name", name))).toList();
    }

    @Test
    void isolatedNothingIsReachedAndNoPointEarned() throws IOException, InterruptedException {
        Isolation isolation = Isolation.find("auto", CLASS_PATH);
        assumeTrue(isolation != Isolation.NONE, "no isolation here; CI has bubblewrap");
        Map<String, String> attacks = new LinkedHashMap<>(inside());
        attacks.putAll(outside(folder.resolve("source")));
        attacks.put("a full folder", adds("""
                try (var out = java.nio.file.Files.newOutputStream(java.nio.file.Path.of("/tmp/x"))) {
                    for (int k = 0; k < 300; k++) out.write(new byte[1 << 20]);
                    System.out.println("reached");
                }"""));
        Map<String, Graded> graded = grade(attacks, isolation);
        for (String name : attacks.keySet()) {
            Graded.Mark mark = graded.get(name).marks().getFirst();
            assertEquals(0, mark.points(), name);
            assertFalse(mark.printed().contains("reached"), name + ": " + mark);
            assertTrue(mark.checks().getFirst().reason().matches(".*(got 7|not run, since it (uses|changes)).*"),
                    name + ": " + mark);
            assertTrue(graded.get(name).remarks().toString().matches(".*Look at it: add (uses|changes) .*"),
                    name + ": " + graded.get(name).remarks());
        }
    }

    /** What a later answer tries, where the hidden checks of an earlier question are loaded and ran: each in a class. */
    private static final Map<String, String> LATER = Map.ofEntries(
            Map.entry("Calls", "convlstm.instructor.A1.forward(null, \"ada\", null, null);"),
            Map.entry("Lambdas", "convlstm.instructor.A4.Baseline f = (seen, n) -> seen;\nf.of(null, 1);"),
            Map.entry("References",
                    "java.util.function.BiFunction<double[][], Integer, double[][]> f = (x, n) -> null;\n"
                            + "convlstm.instructor.A4.Baseline g = f::apply;\ng.of(null, 1);"),
            Map.entry("Resources", "Object in = convlstm.instructor.A1.class.getResourceAsStream(\"A1.class\");\n"
                    + "if (in == null) throw new Error();"),
            Map.entry("Loaders", "Object l = Thread.currentThread().getContextClassLoader();"),
            Map.entry("Walkers",
                    "StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE).getCallerClass();"),
            Map.entry("Explainers",
                    """
                            java.util.function.BiFunction<convlstm.course.LstmWeights, double[][], Object> f =
                                    convlstm.course.ErrorExplainer::lstm;
                            var w = java.util.concurrent.CompletableFuture.completedFuture(convlstm.course.LstmWeights.zeros(1, 1));
                            w.thenCombineAsync(java.util.concurrent.CompletableFuture.completedFuture(new double[1][1]), f).get();"""),
            Map.entry("Layers", "convlstm.course.KitLayers.convLstm2d(new double[1][1][1][1], new double[1][1][1][4],"
                    + " new double[1][1][1][4], new double[4]);"),
            Map.entry("Verdicts",
                    "convlstm.course.Checks.of(\"mul-test\", 1.5).check(\"\", 1.5, () -> { }).verdict();"),
            Map.entry("Files", """
                    boolean there = false;
                    for (String start : List.of("/tmp", "/", System.getProperty("java.class.path").split(":")[0])) {
                        try (var files = java.nio.file.Files.walk(java.nio.file.Path.of(start), 1)) {
                            there |= files.anyMatch(f -> f.toString().contains("instructor"));
                        } catch (Exception e) { }
                    }
                    if (!there) throw new Error();"""),
            Map.entry("Others", """
                    var t = new Thread(() -> { while (true) for (Thread other : Thread.getAllStackTraces().keySet())
                        if (other.getName().equals("check")) other.setUncaughtExceptionHandler((a, b) -> { }); });
                    t.setDaemon(true);
                    t.start();
                    Thread.setDefaultUncaughtExceptionHandler((a, b) -> { });
                    for (var frames : Thread.getAllStackTraces().values()) for (var frame : frames)
                        if (frame.toString().matches(".*n[0-9a-f]{32}.*")) throw new Error(frame.toString()
                            + "\\npassed\\t1.5\\t\\tit\\t");"""));

    /**
     * The questions of a submission run in one Java, which the hidden checks are in from the first on. What a later answer
     * does there, and a thread that stays from an earlier one, reads none of them and earns no point.
     */
    @Test
    void questionsInOneJavaAreNoHelpToEachOther() throws IOException, Notebook.Unreadable {
        Path source = folder.resolve("source/A1-arithmetic.ipynb");
        Desk.write(source, Desk.source());
        StringBuilder mul = new StringBuilder();
        LATER.forEach(
                (name, body) -> mul.append("class ").append(name).append(" { static void go() throws Exception {\n")
                        .append(body).append("\n} }\n"));
        mul.append("int mul(int a, int b) {\n");
        LATER.keySet().forEach(name -> mul.append("try { ").append(name).append(".go(); System.out.println(\"reached ")
                .append(name).append("\"); } catch (Throwable e) { if (a == 2) System.out.println(e); }\n"));
        mul.append("return 7;\n}\nclass Inside implements convlstm.instructor.A4.Baseline {"
                + " public double[][] of(double[][] seen, int steps) {"
                + " System.out.println(\"reached inside\"); return null; } }\nnew Inside().of(null, 1);");
        List<Cell> cells = named(Desk.below(Desk.answered("mul", c -> c.with(mul.toString())), "helper", Cell.code("""
                Thread stays = new Thread(() -> {
                    while (true) {
                        System.setErr(System.out);
                        Thread.getAllStackTraces();
                    }
                });
                stays.setDaemon(true);
                stays.start();""")), "eve");
        Desk.write(folder.resolve("eve.ipynb"), cells);
        Assignment assignment = Assignment.read(source);
        Job job = new Answers(assignment, Notebook.read(folder.resolve("eve.ipynb")))
                .job(assignment.questions().stream().filter(q -> !q.manual()).toList(), false, 60, 300);
        Isolation isolation = Isolation.find("auto", CLASS_PATH);
        List<Job.Verdict> verdicts = new Worker(new Worker.Setting(CLASS_PATH,
                Path.of("target/instructor/convlstm-instructor.jar").toAbsolutePath().toString(), "64m", isolation))
                .run(job, cell -> {});
        assertEquals(2, verdicts.get(0).points(), verdicts.toString());
        Job.Verdict later = verdicts.get(1);
        assertEquals(Job.End.SCORED, later.end(), later.toString());
        assertEquals(0, later.points(), later.toString());
        assertEquals(1, later.checks().size(), later.toString());
        assertTrue(later.uses().toString().contains("uses convlstm.instructor.A1.forward, refused=true"),
                later.uses().toString());
        String expected = isolation == Isolation.NONE ? "reached (Others|Files)" : "reached Others";
        assertEquals(List.of(), later.output().lines()
                .filter(line -> line.startsWith("reached") && !line.matches(expected)).toList(), later.output());
        assertEquals(LATER.size(), later.output().lines()
                .filter(line -> line.matches("reached .*|.*(not run, since it uses|java.lang.Error).*")).count(),
                later.output());
    }

    @Test
    void notIsolatedThereIsARemark() throws IOException, InterruptedException {
        Map<String, String> attacks = new LinkedHashMap<>(outside(folder.resolve("source")));
        attacks.put("lookup", inside().get("lookup"));
        attacks.put("unicode", inside().get("unicode"));
        Map<String, Graded> graded = grade(attacks, Isolation.NONE);
        for (String name : attacks.keySet()) {
            assertEquals(Isolation.WARNING, graded.get(name).isolation());
            assertTrue(graded.get(name).remarks().toString().contains("Look at it: add uses "),
                    name + ": " + graded.get(name).remarks());
        }
        assertTrue(Files.readString(folder.resolve("outNONE/index.html")).contains(Isolation.WARNING));
        assertTrue(Files.readString(folder.resolve("outNONE/scores.csv")).contains(Isolation.WARNING));
    }

    /** The kit's own code that does what is asked for, in whatever room it is. */
    @Test
    void theKitsOwnLayersAndBackendsAreRemarked() throws IOException, InterruptedException {
        Map<String, String> attacks = new LinkedHashMap<>();
        attacks.put("Backends", adds("convlstm.backend.Backends.byName(\"reference\").close();"));
        attacks.put("Lstm", adds("new convlstm.layer.Lstm(2);"));
        attacks.put("unitsForParameters", adds("convlstm.model.Models.unitsForParameters("
                + "convlstm.tensor.Shape.of(5, 12, 20, 1), 2, 4000);"));
        attacks.put("ErrorExplainer", """
                import java.util.concurrent.*;
                int add(int a, int b) {
                    Callable<Object> asked = () -> convlstm.course.ErrorExplainer.conv2d(new double[1][1][1],
                            new double[1][1][1][1], new double[1], true);
                    try {
                        System.out.println("reached " + asked.call());
                    } catch (Exception e) { System.out.println(e.getMessage()); }
                    try {
                        System.out.println("reached " + CompletableFuture.supplyAsync(() -> {
                            try { return asked.call(); } catch (Exception e) { return e.getMessage(); } }).get());
                    } catch (Exception e) { }
                    return 7;
                }""");
        Map<String, Graded> graded = grade(attacks, Isolation.NONE);
        for (String name : attacks.keySet()) {
            assertTrue(
                    graded.get(name).remarks().toString().matches(".*Look at it: add uses convlstm\\S*" + name + ".*"),
                    name + ": " + graded.get(name).remarks());
        }
        String printed = graded.get("ErrorExplainer").marks().getFirst().printed();
        assertTrue(printed.contains("not run, since it uses convlstm.course.ErrorExplainer.conv2d"), printed);
        assertFalse(printed.contains("reached convlstm"), printed);
    }

    /** The numbers of an exercise are those of the id that the grader read, however a cell declares another. */
    @Test
    void nobodyIsGradedWithAnothersNumbers() throws IOException, InterruptedException {
        Map<String, String> attacks = new LinkedHashMap<>();
        attacks.put("assigned", "student = \"bob\";\n" + Desk.ADD);
        attacks.put("declared", "final String student = new String(\"bob\");\n" + Desk.ADD);
        attacks.put("in a comment", "// String student = \"bob\";\n" + Desk.ADD);
        Map<String, Graded> graded = grade(attacks, Isolation.NONE);
        attacks.keySet().forEach(name -> assertEquals(name, graded.get(name).named()));
        assertTrue(graded.get("assigned").remarks().toString().contains("add changes student, which belongs"));
        assertTrue(
                graded.get("declared").marks().getFirst().feedback().toString().contains("the name student belongs"));
        assertEquals(2, graded.get("in a comment").points());
    }

    /** Without a daemon here: what is asked of docker, not what it does. */
    @Test
    void aContainerSeesTheClassPathAndNoMore() throws IOException {
        List<String> command = Isolation.DOCKER.command("name", List.of("-Xmx1g"), folder.toString(), "Main", folder);
        String line = String.join(" ", command);
        assertTrue(line.startsWith("docker run --rm -i --name name --pull never --network none --read-only"), line);
        assertTrue(line.contains("--memory 2048m --memory-swap 2048m --pids-limit 256 --cap-drop ALL"), line);
        assertTrue(line.contains("--volume " + folder + ":" + folder + ":ro"), line);
        assertTrue(line.endsWith("java -Xmx1g -cp " + folder + " Main"), line);
    }
}
