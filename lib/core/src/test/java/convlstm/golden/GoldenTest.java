package convlstm.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import convlstm.backend.Backend;
import convlstm.backend.TestedBackends;
import convlstm.tensor.HostArray;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every backend on the class path, held to what the real Keras computed: outputs and states to 1e-5, gradients to 1e-4
 * of their largest element. {@link MutationTest} shows that these tests see the mistakes they are for.
 */
@Tag("every-backend")
class GoldenTest {
    /** Everything but these is a result that the kit has to reproduce. */
    private static final List<String> GIVEN = List.of(
            "x", "x2", "h0", "c0", "mask", "dropout_mask", "recurrent_dropout_mask", "dy", "dhT", "dcT", "target");

    private static final Map<String, Backend> BACKENDS = new LinkedHashMap<>();

    /** Each configuration of a layer or a loss on each usable backend. */
    static Stream<Arguments> everywhere() {
        return usable().flatMap(backend -> layers().stream().map(g -> Arguments.of(backend, g)));
    }

    static Stream<String> usable() {
        return TestedBackends.names().stream();
    }

    /** The configurations that one forward and backward pass reproduces. */
    static List<Golden> layers() {
        return Golden.matching(g -> !List.of("Training", "Orthogonal").contains(g.layer()));
    }

    @AfterAll
    static void close() {
        BACKENDS.values().forEach(Backend::close);
        BACKENDS.clear();
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("everywhere")
    void equalsKeras(String backend, Golden golden) {
        assertEqualsKeras(golden, GoldenRun.of(BACKENDS.computeIfAbsent(backend, TestedBackends::create), golden));
    }

    /** The cells of the notebooks, written gate by gate, compute the same. */
    @ParameterizedTest
    @MethodSource("convlstm.golden.CellRun#plain")
    void gateByGateEqualsKeras(Golden golden) {
        Backend K = BACKENDS.computeIfAbsent("reference", TestedBackends::create);
        Map<String, HostArray> results = CellRun.of(K, golden);
        results.forEach((name, result) -> assertEqual(golden, name, result));
    }

    /** Each short training on each usable backend. */
    static Stream<Arguments> trainedEverywhere() {
        return usable().flatMap(backend -> Golden.of("Training").stream().map(g -> Arguments.of(backend, g)));
    }

    /** The same weights, the same batches: the same loss at each of twenty updates. */
    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("trainedEverywhere")
    void trainsAsKeras(String backend, Golden golden) {
        Backend K = BACKENDS.computeIfAbsent(backend, TestedBackends::create);
        assertTrainsAsKeras(golden, TrainingRun.of(K, golden));
    }

    static void assertTrainsAsKeras(Golden golden, Map<String, HostArray> results) {
        HostArray losses = golden.array("losses");
        double first = Runs.sum(losses.range(0, 4)); // the four batches come again and again
        double last = Runs.sum(losses.range(16, 20));
        assertTrue(last < 0.8 * first, golden + ": expected that Keras learned, got losses " + first + " and " + last);
        Compare.assertClose(golden + " losses", losses, results.get("losses"), Compare.TRAINING);
        for (int i = 0; golden.has("w" + i); i++) {
            String name = "w" + i + "_after";
            Compare.assertClose(golden + " " + name, golden.array(name), results.get(name), Compare.TRAINING);
        }
    }

    /** Fails unless every result that Keras stored was computed, and equals Keras'. */
    static void assertEqualsKeras(Golden golden, Map<String, HostArray> results) {
        int compared = 0;
        for (String name : golden.arrays().keySet()) {
            if (GIVEN.contains(name) || name.matches("w\\d+")) {
                continue;
            }
            HostArray result = results.get(name);
            if (result == null) {
                fail(golden + ": Keras stored " + name + ", the kit computed " + results.keySet());
            }
            assertEqual(golden, name, result);
            compared++;
        }
        assertTrue(compared >= 2, golden + ": a configuration has at least an output and a gradient");
    }

    private static void assertEqual(Golden golden, String name, HostArray result) {
        if (name.matches("d[xwhc]\\d*")) {
            Compare.assertGradient(golden + " " + name, golden.array(name), result);
        } else {
            Compare.assertForward(golden + " " + name, golden.array(name), result);
        }
    }

    @Test
    void thereAreConfigurationsOfEveryLayer() {
        Map<String, Integer> least = Map.of("ConvLSTM2D", 40, "LSTM", 25, "Conv2D", 10, "MaxPooling2D", 5,
                "BatchNormalization", 5, "TimeDistributed", 5, "Dense", 3, "Activation", 5, "Loss", 3,
                "Training", 4);
        assertTrue(CellRun.plain().size() >= 15, "gate by gate: " + CellRun.plain());
        least.forEach((layer, count) -> assertTrue(Golden.of(layer).size() >= count,
                layer + ": expected at least " + count + " configurations, found " + Golden.of(layer).size()));
    }
}
