package convlstm.backend.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class Nd4jTest {
    @BeforeAll
    static void isUsableHere() {
        assumeTrue(new Nd4jProvider().unusable().isEmpty(), () -> new Nd4jProvider().unusable().orElse(""));
    }

    static Stream<Throwable> failures() {
        return Stream.of(
                new UnsatisfiedLinkError("no jnind4jcpu in java.library.path"),
                new NoClassDefFoundError("Could not initialize class org.nd4j.linalg.factory.Nd4j"),
                new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnind4jcpu in java.library.path")),
                new IllegalStateException("no backend", new RuntimeException("no jnind4jcpu in java.library.path")));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void everyWayToFailBecomesAReasonWithAHint(Throwable failure) {
        String reason = Nd4jProvider.unusable(() -> sneak(failure)).orElseThrow();
        assertTrue(reason.startsWith("ND4J's native library did not load ("), reason);
        assertTrue(reason.contains("no jnind4jcpu") || reason.contains("Could not initialize class"), reason);
        assertTrue(reason.contains("Hint: build with mvn"), reason);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable failure) throws E {
        throw (E) failure;
    }

    /** A fresh Java without the jars named, as on a computer where Maven did not bring them. */
    private static String inFreshJava(Path folder, String program, String... missingJars)
            throws IOException, InterruptedException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> Arrays.stream(missingJars).noneMatch(jar::contains))
                .collect(Collectors.joining(File.pathSeparator));
        Path source = Files.writeString(folder.resolve("Program.java"), program);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp", classPath,
                source.toString()));
        Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), output);
        return output;
    }

    private static final String REASON = """
            void main() {
                IO.println(new convlstm.backend.nd4j.Nd4jProvider().unusable().orElse("usable"));
            }
            """;

    @Tag("slow")
    @Test
    void withoutItsNativeLibraryItSaysWhy(@TempDir Path folder) throws Exception {
        String reason = inFreshJava(folder, REASON, "nd4j-native-1", "nd4j-native-preset");
        assertTrue(reason.startsWith("ND4J's native library did not load (") && reason.contains("Hint: "), reason);
        assertEquals(1, reason.lines().count(), reason);
    }

    @Tag("slow")
    @Test
    void withoutAnyOfItsJarsItSaysWhy(@TempDir Path folder) throws Exception {
        String reason = inFreshJava(folder, REASON, "nd4j");
        assertTrue(reason.startsWith("ND4J's native library did not load (") && reason.contains("Hint: "), reason);
    }

    @Tag("slow")
    @Test
    void startsInSilence(@TempDir Path folder) throws Exception {
        assertEquals("usable", inFreshJava(folder, REASON).strip());
    }

    /** Images in several blocks give what they give one by one. */
    @Test
    void manyImagesAreTakenInBlocks() {
        try (Backend K = Backends.byName("nd4j")) {
            int N = 3;
            int H = 80;
            int W = 90;
            int C = 128; // 8.3 million elements of patches for each image: two images a block
            float[] values = new float[N * H * W * C];
            for (int k = 0; k < values.length; k++) {
                values[k] = (k * 31 % 17) - 8;
            }
            Tensor x = K.tensor(Shape.of(N, H, W, C), values);
            Tensor kernel = K.tensor(Shape.of(3, 3, C, 1), Arrays.copyOf(values, 9 * C));
            Tensor all = K.allocate(Shape.of(N, H, W, 1));
            Tensor one = K.allocate(Shape.of(N, H, W, 1));
            K.conv2d(all, x, kernel, null, Window.same(3, 3), Write.SET);
            for (int n = 0; n < N; n++) {
                K.conv2d(one.range(n, n + 1), x.range(n, n + 1), kernel, null, Window.same(3, 3), Write.SET);
            }
            assertArrayEquals(K.toArray(one), K.toArray(all)); // small whole numbers: exact in any order
        }
    }

    /** Intermediate arrays are used again: a long run takes no more memory than a short one. */
    @Test
    void memoryDoesNotGrow() {
        try (Backend K = Backends.byName("nd4j")) {
            Tensor x = K.allocate(Shape.of(1 << 20));
            Tensor y = K.allocate(Shape.of(1 << 20));
            Runnable work = () -> {
                for (int k = 0; k < 50; k++) {
                    K.addScaled(y, x, 0.5f); // one intermediate array of 4 MB
                }
            };
            work.run();
            long before = Pointer.physicalBytes();
            work.run();
            long grown = Pointer.physicalBytes() - before;
            assertTrue(grown < 60 << 20, "grew by " + grown + " bytes; without a workspace it is 200 MB");
        }
    }
}
