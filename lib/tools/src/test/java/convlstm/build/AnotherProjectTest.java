package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example of lib/README.md in a project of its own: an empty folder outside the checkout, a pom with the library's
 * coordinates, and a local repository that has the library as {@code mvn install} puts it there. All else comes from the
 * local repository of this build, without a network.
 */
@Tag("slow")
class AnotherProjectTest {
    private static final String VERSION = "0.1.0-SNAPSHOT";
    private static final Path REPOSITORY = Path.of("target/another-project-repository").toAbsolutePath();
    private static final boolean WINDOWS = File.separatorChar == '\\';

    /** Java says so wherever the Vector API is used. */
    private static final String INCUBATOR = "WARNING: Using incubator modules: jdk.incubator.vector";

    @TempDir
    Path project;

    @Test
    void theExampleOfTheReadmeRunsWithTheLibraryAlone() throws Exception {
        install("convlstm-kit", Path.of("pom.xml"), "pom");
        install("convlstm", Path.of("lib/core/pom.xml"), "pom");
        install("convlstm", Path.of("target/jars/convlstm-" + VERSION + ".jar"), "jar");
        Files.writeString(project.resolve("settings.xml"), """
                <settings>
                    <localRepository>%s</localRepository>
                    <mirrors>
                        <mirror><id>central</id><mirrorOf>*</mirrorOf><url>%s</url></mirror>
                    </mirrors>
                </settings>
                """.formatted(REPOSITORY, Path.of(System.getProperty("local.repository")).toUri()));
        Files.writeString(project.resolve("pom.xml"), """
                <project>
                    <modelVersion>4.0.0</modelVersion>
                    <groupId>another</groupId>
                    <artifactId>project</artifactId>
                    <version>1</version>
                    <properties><maven.compiler.release>%d</maven.compiler.release></properties>
                    <dependencies>
                        <dependency>
                            <groupId>convlstm</groupId>
                            <artifactId>convlstm</artifactId>
                            <version>%s</version>
                        </dependency>
                    </dependencies>
                </project>
                """.formatted(Runtime.version().feature(), VERSION));
        Path source = Files.createDirectories(project.resolve("src/main/java")).resolve("Example.java");
        Files.writeString(source, example());

        Path says = Files.writeString(project.resolve("ClassPath.java"), """
                void main() {
                    System.out.println(System.getProperty("java.class.path"));
                }
                """);

        Output maven = run(List.of(Path.of(System.getProperty("maven.home"), "bin", WINDOWS ? "mvn.cmd" : "mvn")
                .toString(), "-B", "-q", "-s", "settings.xml",
                plugin("org.apache.maven.plugins", "maven-compiler-plugin") + ":compile",
                plugin("org.codehaus.mojo", "exec-maven-plugin") + ":exec", "-Dexec.executable=" + java(),
                "-Dexec.args=-cp %classpath " + says.getFileName(), "-Dexec.outputFile=classpath"));
        assertEquals(0, maven.code, maven.toString());
        String classPath = Files.readString(project.resolve("classpath")).strip();
        String inherited = classPath.substring(classPath.indexOf(File.pathSeparator)); // behind the example's own classes
        assertTrue(inherited.contains("convlstm-" + VERSION), inherited);
        for (String other : List.of("nd4j", "tribuo", "xchart", "tablesaw", "diff-utils", "gif", "slf4j-nop",
                "junit")) {
            assertEquals(-1, inherited.indexOf(other), "inherited from the library: " + inherited);
        }

        Output run = run(List.of(java(), "--add-modules=jdk.incubator.vector", "-cp", classPath, "Example", "10"));
        assertEquals(0, run.code, run.toString());
        assertEquals(INCUBATOR, run.err.strip(), "nothing else is said");
        assertTrue(run.out.contains("ConvLSTM2D") && run.out.contains("loss 0."), run.out);

        Output slow = run(List.of(java(), "-cp", classPath, "Example", "5"));
        assertEquals(0, slow.code, slow.toString());
        assertEquals(1, slow.err.strip().lines().count(), slow.err);
        assertTrue(slow.err.contains("--add-modules jdk.incubator.vector"), slow.err);
        assertTrue(slow.out.contains("loss 0."), slow.out);
    }

    /** The page's example in a class, for as many sequences as it is told. */
    private static String example() throws IOException {
        Matcher block = Pattern.compile("\n## In your own project\n.*?```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("lib/README.md")));
        assertTrue(block.find(), "lib/README.md has a Java example");
        String fewer = block.group(1).replace("sequences(1, 200)", "sequences(1, Integer.parseInt(args[0]))");
        assertNotEquals(block.group(1), fewer, "the test runs on fewer sequences than the page");
        return """
                import convlstm.backend.*;
                import convlstm.data.*;
                import convlstm.layer.*;
                import convlstm.model.*;
                import convlstm.tensor.*;

                public class Example {
                    public static void main(String[] args) throws Exception {
                        %s
                    }
                }
                """.formatted(fewer.replace("HostArray logits",
                "System.out.println(\"loss \" + history.last().loss()); HostArray logits"));
    }

    /** Where {@code mvn install} would put it. */
    private static void install(String artifact, Path file, String type) throws IOException {
        Path folder = Files.createDirectories(REPOSITORY.resolve("convlstm").resolve(artifact).resolve(VERSION));
        Files.copy(file, folder.resolve(artifact + "-" + VERSION + "." + type), StandardCopyOption.REPLACE_EXISTING);
    }

    /** A plugin in the version of this build, which is there without a network. */
    private static String plugin(String group, String name) throws IOException {
        Matcher version = Pattern.compile("<artifactId>" + name + "</artifactId>\\s*<version>(.*?)<")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(version.find(), name);
        return group + ":" + name + ":" + version.group(1);
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private record Output(int code, String out, String err) {}

    private Output run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(project, "out", "");
        Path err = Files.createTempFile(project, "err", "");
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeIf(name -> name.startsWith("MAVEN_") || name.endsWith("JAVA_OPTIONS"));
        Process process = builder.start();
        if (!process.waitFor(10, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return new Output(process.waitFor(), Files.readString(out), Files.readString(err));
    }
}
