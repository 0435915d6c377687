package convlstm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import convlstm.backend.Backends;
import convlstm.backend.CheckedBackend;
import convlstm.backend.Padding;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.data.Dataset;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.TimeDistributed;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Trainings that go wrong say where and why, and leave something to go on with. */
@Tag("slow")
class UnderFireTest {
    private static final Backend K = Backends.byName("reference");

    private static Sequential model(Backend K) {
        return new Sequential(K, Shape.of(3, 5, 5, 1), 1,
                new ConvLstm2d(3, 3).padding(Padding.SAME).returnSequences(true),
                new TimeDistributed(new Conv2d(1, 3).padding(Padding.SAME)));
    }

    private static Dataset noise(int n) {
        HostArray sequences = HostArray.zeros(n, 4, 5, 5, 1);
        Random random = new Random(1);
        for (int i = 0; i < sequences.size(); i++) {
            sequences.values()[i] = random.nextInt(2);
        }
        return Dataset.nextFrame(sequences);
    }

    private static Trainer trainer(Model model, double rate) {
        return new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.sgd(rate)).batchSize(4).epochs(5);
    }

    private static Dataset one(float x, float y) {
        return new Dataset(new HostArray(Shape.of(1, 1), new float[] {x}),
                new HostArray(Shape.of(1, 1), new float[] {y}));
    }

    private static void assertLost(Trainer trainer, Dataset data, String... words) {
        String message = assertThrows(ArithmeticException.class, () -> trainer.fit(data)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "expected <" + word + "> in: " + message);
        }
    }

    // ---- numbers that are none, or too large

    @Test
    void badDataAreNamed() {
        Dataset x = noise(8);
        x.x().values()[700 % x.x().size()] = Float.NaN;
        assertLost(trainer(model(K), 0.1), x, "loss: became NaN in epoch 1, batch ", "step ", "the input x",
                "NaN in the data");
        Dataset y = noise(8);
        y.y().values()[0] = Float.POSITIVE_INFINITY;
        assertLost(trainer(model(K), 0.1), y, "in epoch 1, batch ", "the target y", "NaN in the data");
    }

    @Test
    void stepsThatAreTooLargeAreNamedWithTheLayer() {
        Sequential model = new Sequential(K, Shape.of(1), 1, new Dense(4), new Dense(4), new Dense(1));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(3)).epochs(100);
        assertLost(trainer, one(5, 1), "after ", " at first", "layer ", "Dense", "learning rate below 3.0",
                "globalClipNorm(1)");
    }

    @Test
    void anExplodingLossStopsWhileItIsStillANumber() {
        Sequential model = new Sequential(K, Shape.of(1), 1,
                new Dense(1).useBias(false).kernelInitializer(Init.ones()));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(2)).epochs(100);
        assertLost(trainer, one(1, 0), "loss: became 59049.0 in epoch 6, batch 1, step 6, after 1.0 at first",
                "Largest: kernel of layer 1, Dense");
        assertTrue(Float.isFinite(model.predict(one(1, 0).x()).get(0, 0)), "the model can still be looked at");
    }

    @Test
    void weightsThatAreNoNumbersAreNamed() {
        Sequential model = model(K);
        float[] kernel = K.toArray(model.layers().get(1).parameter("kernel").value());
        kernel[2] = Float.NaN;
        K.write(model.layers().get(1).parameter("kernel").value(), kernel);
        assertLost(trainer(model, 0.1), noise(8), "epoch 1, batch 1, step 1", "Not finite: kernel of layer 2,"
                + " TimeDistributed(Conv2D). Likely cause: its gradient");
    }

    @Test
    void outputsThatOverflowAreNamed() {
        Init large = Init.constant(1e15f);
        Sequential model = new Sequential(K, Shape.of(1), 1, new Dense(1).kernelInitializer(large),
                new Dense(1).kernelInitializer(large), new Dense(1).kernelInitializer(large));
        assertLost(new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1)), one(1, 0),
                "Not finite: the output of layer 3, Dense. Likely cause: steps too large");
    }

    @Test
    void aGradientThatOverflowsInTheLastStepIsNoticed() {
        Sequential model = new Sequential(K, Shape.of(1), 1, new Dense(1).kernelInitializer(Init.zeros()),
                new Dense(1).useBias(false).kernelInitializer(Init.ones()));
        Trainer trainer = new Trainer(model, Loss.meanSquaredError(), Optimizer.sgd(0.1));
        assertLost(trainer, one(1e25f, 1e15f), "epoch 1, batch 1, step 2", "Not finite: kernel of layer 1, Dense");
    }

    // ---- interrupts

    static Stream<String> usable() {
        return Backends.providers().stream().filter(p -> p.unusable().isEmpty()).map(BackendProvider::name);
    }

    @ParameterizedTest
    @MethodSource("usable")
    void anInterruptLeavesAUsableModelAndTheHistorySoFar(String backend, @TempDir Path folder) throws Exception {
        try (Backend K = Backends.byName(backend)) {
            Sequential model = model(K);
            Trainer trainer = trainer(model, 0.1).epochs(1_000_000).checkpoint(folder.resolve("training"));
            List<History> histories = new ArrayList<>();
            Thread training = new Thread(() -> histories.add(trainer.fit(noise(8))));
            List<History.Epoch> seen = Collections.synchronizedList(new ArrayList<>());
            trainer.listener(new Trainer.Listener() {
                @Override
                public void epoch(History.Epoch done, int epochs) {
                    seen.add(done);
                }
            });
            training.start();
            while (seen.size() < 3) {
                Thread.sleep(1);
            }
            training.interrupt();
            training.join();
            assertEquals(seen, histories.getFirst().epochs());
            for (float v : model.predict(noise(2).x()).values()) {
                assertTrue(Float.isFinite(v));
            }
            Sequential resumed = model(K);
            History rest = trainer(resumed, 0.1).epochs(seen.size() + 1).resume(folder.resolve("training"))
                    .fit(noise(8));
            assertEquals(seen, rest.epochs().subList(0, seen.size()));
        }
    }

    // ---- memory

    /** The reference backend, but asked before each allocation whether there is memory; all others as there. */
    private static Backend withMemory(Predicate<Shape> enough) {
        Backend raw = new ReferenceBackend();
        return new CheckedBackend((Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("allocate") && !enough.test((Shape) arguments[0])) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                    try {
                        return method.invoke(raw, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Test
    void withoutMemoryForAForwardPassTheLayerAndTheTensorAreNamed() {
        Backend small = withMemory(shape -> shape.size() < 4000);
        Sequential model = model(small);
        Trainer trainer = trainer(model, 0.1).batchSize(8);
        assertNoMemory(trainer, "layer 1, ConvLSTM2D: allocate: shape: no memory for (3, 8, 5, 5, 12), 0 MB",
                "smaller batch", "-Dlab.heap=6g", "A batch of 8 keeps about ", "half the batchSize");
        assertEquals(5, trainer(model, 0.1).batchSize(1).fit(noise(8)).epochs().size(), "smaller batches go on");
    }

    @Test
    void withoutMemoryForABackwardPassTheLayerAndTheTensorAreNamed() {
        int[] passes = {0};
        Backend small = withMemory(shape -> passes[0] < 2 || shape.size() <= 300);
        Sequential model = model(small);
        Trainer trainer = trainer(model, 0.1);
        model.pass().watch((layer, y) -> passes[0]++,
                () -> assertNoMemory(trainer,
                        "layer 2, TimeDistributed(Conv2D): allocate: shape: no memory for (12, 5, 5, 3)"));
    }

    @Test
    void realMemoryEndsWithTheSameWords() {
        String message = assertThrows(OutOfMemoryError.class, () -> K.allocate(Shape.of(2_000_000, 1000))).getMessage();
        assertTrue(message.contains("no memory for (2000000, 1000), 7629 MB"), message);
    }

    private static void assertNoMemory(Trainer trainer, String... words) {
        String message = assertThrows(OutOfMemoryError.class, () -> trainer.fit(noise(8))).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "expected <" + word + "> in: " + message);
        }
    }

    @Test
    void aThousandStepsTakeNoMoreMemoryThanTwo() {
        int[] allocated = {0};
        Backend counting = withMemory(shape -> {
            allocated[0]++;
            return true;
        });
        Sequential model = model(counting);
        Trainer trainer = trainer(model, 0.01).validation(noise(4)).batchSize(3).epochs(2);
        Dataset data = noise(8); // batches of 3, 3 and 2
        trainer.fit(data);
        int warm = allocated[0];
        long before = liveBytes();
        trainer.epochs(350).fit(data);
        long growth = liveBytes() - before;
        assertEquals(warm, allocated[0], "tensors of the first steps serve all others");
        assertTrue(growth < 1 << 20, "live memory grew by " + growth + " bytes in 1050 steps");
    }

    private static long liveBytes() {
        for (int n = 0; n < 3; n++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    // ---- the same bits

    @Test
    void theNumberOfThreadsChangesNoBit() {
        String before = System.getProperty("convlstm.threads");
        List<float[]> weights = new ArrayList<>();
        try {
            for (String threads : List.of("1", "2", "3", "2")) {
                System.setProperty("convlstm.threads", threads);
                try (Backend simd = Backends.byName("simd")) {
                    Sequential model = new Sequential(simd, Shape.of(3, 24, 24, 1), 1,
                            new ConvLstm2d(16, 3).padding(Padding.SAME).returnSequences(true).dropout(0.1),
                            new TimeDistributed(new Conv2d(1, 5).padding(Padding.SAME)
                                    .activation(ActivationFunction.TANH)));
                    HostArray x = HostArray.zeros(6, 4, 24, 24, 1);
                    for (int i = 0; i < x.size(); i++) {
                        x.values()[i] = i * 31 % 17 / 17f;
                    }
                    new Trainer(model, Loss.meanSquaredError(), Optimizer.adam(0.01)).batchSize(4).epochs(3)
                            .globalClipNorm(1).fit(Dataset.nextFrame(x));
                    weights.add(simd.toArray(model.parameters().get(1).value()));
                }
            }
        } finally {
            if (before == null) {
                System.clearProperty("convlstm.threads");
            } else {
                System.setProperty("convlstm.threads", before);
            }
        }
        for (float[] other : weights) {
            assertArrayEquals(weights.getFirst(), other, 0);
        }
    }
}
