package convlstm.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import convlstm.backend.reference.ReferenceBackend;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The one suite that every backend has to pass: each primitive, in every way of using it, gives what the reference
 * gives, writes nowhere else, and gives the same bits every time. A new backend only has to register its provider.
 */
@Tag("every-backend")
@ParameterizedClass(name = "{0}")
@MethodSource("convlstm.backend.TestedBackends#names")
class BackendContractTest {
    private static final long SEED = 42;

    private static final String THREADS = "convlstm.threads";

    private final String name;
    private final Backend K;

    BackendContractTest(String name) {
        this.name = name;
        this.K = TestedBackends.create(name);
    }

    @AfterEach
    void close() {
        K.close();
    }

    @TestFactory
    Stream<DynamicTest> givesWhatTheReferenceGives() {
        Backend reference = new CheckedBackend(new ReferenceBackend());
        return forEachScenario(s -> {
            List<float[]> expected = results(s, reference);
            List<float[]> actual = results(s, K);
            assertEquals(expected.size(), actual.size());
            for (int r = 0; r < expected.size(); r++) {
                Close.assertClose(s + ": result " + r, expected.get(r), actual.get(r), s.terms());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameBitsEveryTime() {
        return forEachScenario(s -> assertSameBits(s, results(s, K), results(s, K)));
    }

    @TestFactory
    Stream<DynamicTest> givesTheSameBitsWithOneThreadAndWithTwo() {
        assumeFalse(name.equals("nd4j"), "OpenBLAS cuts a product by the number of its threads; Nd4jBackend says so");
        Map<String, List<float[]>> one = resultsWithThreads(1);
        Map<String, List<float[]>> two = resultsWithThreads(2);
        return forEachScenario(s -> assertSameBits(s, one.get(s.name()), two.get(s.name())));
    }

    /** All results with threads of the backend's own, or of the common pool, limited to the given number. */
    private Map<String, List<float[]>> resultsWithThreads(int threads) {
        String before = System.getProperty(THREADS);
        System.setProperty(THREADS, String.valueOf(threads));
        try (var pool = new ForkJoinPool(threads); // where parallel streams that start in it run too
                var limited = TestedBackends.create(name)) {
            return pool.invoke(ForkJoinTask.adapt(() -> Scenario.all().stream()
                    .collect(Collectors.toMap(Scenario::name, s -> results(s, limited)))));
        } finally {
            if (before == null) {
                System.clearProperty(THREADS);
            } else {
                System.setProperty(THREADS, before);
            }
        }
    }

    private static Stream<DynamicTest> forEachScenario(Body body) {
        return Scenario.all().stream().map(s -> DynamicTest.dynamicTest(s.name(), () -> body.test(s)));
    }

    @FunctionalInterface
    private interface Body {
        void test(Scenario s);
    }

    private static void assertSameBits(Scenario s, List<float[]> first, List<float[]> second) {
        for (int r = 0; r < first.size(); r++) {
            assertArrayEquals(bits(first.get(r)), bits(second.get(r)), s + ": result " + r);
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        Arrays.setAll(bits, k -> Float.floatToIntBits(values[k])); // any NaN is as good as another
        return bits;
    }

    private static List<float[]> results(Scenario s, Backend K) {
        Lab lab = new Lab(K, SEED);
        List<float[]> results = s.run().apply(lab).stream().map(K::toArray).toList();
        lab.assertGuardsStand();
        return results;
    }

    @Test
    void aViewSharesMemoryWithItsSource() {
        Tensor x = K.tensor(Shape.of(3, 2), new float[] {1, 2, 3, 4, 5, 6});
        K.fill(x.at(1), 9);
        assertArrayEquals(new float[] {1, 2, 9, 9, 5, 6}, K.toArray(x));
        assertArrayEquals(new float[] {9, 9, 5, 6}, K.toArray(x.range(1, 3)));
    }

    @Test
    void writeCopiesSoThatTheArrayMayBeUsedAgain() {
        float[] values = {1, 2};
        Tensor x = K.tensor(Shape.of(2), values);
        values[0] = 7;
        K.toArray(x)[1] = 7;
        assertArrayEquals(new float[] {1, 2}, K.toArray(x));
    }

    @Test
    void introducesItself() {
        assertEquals(name, K.name());
        assertTrue(!K.description().isBlank() && K.description().lines().count() == 1, K.description());
    }

    /** A primitive added to the contract but not to the scenarios would go untested: this says so. */
    @Test
    void everyPrimitiveIsPartOfAScenario() {
        Set<String> called = new TreeSet<>();
        Backend recorder = (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    called.add(method.getName());
                    return invoke(method, arguments);
                });
        for (Scenario s : Scenario.all()) {
            s.run().apply(new Lab(recorder, SEED));
        }
        Set<String> primitives = Arrays.stream(Backend.class.getMethods())
                .filter(m -> Modifier.isAbstract(m.getModifiers()))
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        primitives.removeAll(Set.of("name", "description", "owns")); // they compute nothing
        primitives.remove("read"); // how every result is read
        primitives.removeAll(called);
        assertEquals(new ArrayList<>(), new ArrayList<>(primitives), "primitives that no scenario uses");
    }

    private Object invoke(Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(K, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
