package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.CheckedBackend;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.backend.reference.HostBuffer;
import convlstm.backend.reference.ReferenceBackend;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Parameter;
import convlstm.model.Checkpoint;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is kept of a kernel is used again while the kernel stays, is never used when it has changed, and goes with it. */
class KernelTest {
    private static final Window W = Window.same(3, 3);
    private static final int C = 10;
    private static final int F = 12;

    private final Backend K = new CheckedBackend(new SimdBackend(2));

    private Tensor random(int... dims) {
        return random(K, dims);
    }

    private static Tensor random(Backend K, int... dims) {
        Shape shape = Shape.of(dims);
        Random random = new Random(shape.size());
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = random.nextFloat() - 0.5f;
        }
        return K.tensor(shape, values);
    }

    /** The products that keep forms of a kernel of {@code 9 · C · 4F = 512 · 9} elements or more, forward and backward. */
    private enum Product {
        CONVOLUTION {
            @Override
            float[] of(Backend K, Tensor kernel) {
                Tensor k = kernel.range(0, 9 * C * F).reshape(3, 3, C, F);
                Tensor out = K.allocate(Shape.of(1, 6, 6, F));
                Tensor dx = K.allocate(Shape.of(1, 6, 6, C));
                K.conv2d(out, random(K, 1, 6, 6, C), k, null, W, Write.SET);
                K.conv2dGradInput(dx, random(K, 1, 6, 6, F), k, W, Write.SET);
                return joined(K.toArray(out), K.toArray(dx));
            }
        },
        MATRIX {
            @Override
            float[] of(Backend K, Tensor kernel) {
                Tensor k = kernel.range(0, 20 * 520).reshape(20, 520);
                Tensor out = K.allocate(Shape.of(8, 520));
                Tensor dx = K.allocate(Shape.of(8, 20));
                K.dot(out, random(K, 8, 20), k, null, Write.SET);
                K.dotGradInput(dx, random(K, 8, 520), k, Write.SET);
                return joined(K.toArray(out), K.toArray(dx));
            }
        };

        abstract float[] of(Backend K, Tensor kernel);

        private static float[] joined(float[] a, float[] b) {
            float[] both = Arrays.copyOf(a, a.length + b.length);
            System.arraycopy(b, 0, both, a.length, b.length);
            return both;
        }
    }

    private static final int SIZE = 20 * 520;

    /** Every way in which a primitive writes to a tensor (SIZE), each to other values than before. */
    static List<String> writers() {
        return List.copyOf(writers(new CheckedBackend(new ReferenceBackend())).keySet());
    }

    private static Map<String, Consumer<Tensor>> writers(Backend K) {
        Map<String, Consumer<Tensor>> all = new LinkedHashMap<>();
        all.put("write", t -> K.write(t, K.toArray(random(K, SIZE + 1).range(0, SIZE))));
        all.put("fill", t -> K.fill(t, 0.3f));
        all.put("copy", t -> K.copy(t.reshape(2, SIZE / 2), random(K, SIZE / 2)));
        all.put("copyChannels", t -> K.copyChannels(t.reshape(20, 520), 3, random(K, 20, 5), 0, 5, Write.ADD));
        all.put("swap01", t -> K.swap01(t.reshape(20, 520), random(K, 520, 20)));
        all.put("dot", t -> K.dot(t.reshape(20, 520), random(K, 20, 3), random(K, 3, 520), null, Write.SET));
        all.put("dotGradInput",
                t -> K.dotGradInput(t.reshape(20, 520), random(K, 20, 3), random(K, 520, 3), Write.ADD));
        all.put("dotGradKernel", t -> K.dotGradKernel(t.reshape(20, 520), random(K, 4, 20), random(K, 4, 520)));
        all.put("conv2d",
                t -> K.conv2d(image(t), random(K, 1, 10, 10, 2), random(K, 3, 3, 2, 104), null, W, Write.SET));
        all.put("conv2dGradInput", t -> K.conv2dGradInput(image(t), random(K, 1, 10, 10, 2), random(K, 3, 3, 104, 2), W,
                Write.SET));
        all.put("conv2dGradKernel", t -> K.conv2dGradKernel(t.range(0, 9 * 2 * 520).reshape(3, 3, 2, 520),
                random(K, 1, 4, 4, 2), random(K, 1, 4, 4, 520), W));
        all.put("sumRows", t -> K.sumRows(t, random(K, 2, SIZE)));
        all.put("activate", t -> K.activate(t, t, ActivationFunction.TANH));
        all.put("activateGrad", t -> K.activateGrad(t, random(K, SIZE), random(K, SIZE),
                ActivationFunction.TANH));
        all.put("multiply", t -> K.multiply(t, t, random(K, SIZE), Write.SET));
        all.put("scaleRows", t -> K.scaleRows(t.reshape(20, 520), t.reshape(20, 520), random(K, 20), Write.SET));
        all.put("addScaled", t -> K.addScaled(t, random(K, SIZE), 0.5f));
        all.put("lstmGates h", t -> gates(K, t, K.allocate(Shape.of(SIZE)), K.allocate(Shape.of(4 * SIZE))));
        all.put("lstmGates c", t -> gates(K, K.allocate(Shape.of(SIZE)), t, random(K, 4 * SIZE)));
        all.put("maxPool2d", t -> K.maxPool2d(image(t), random(K, 1, 20, 20, 104),
                new Window(2, 2, 2, 2, 1, 1, Padding.VALID)));
        all.put("batchNorm", t -> K.batchNorm(t.reshape(20, 520), random(K, 20, 520), null, null, random(K, 1, 520),
                random(K, 1, 520), 1e-3f, true));
        all.put("regularize", t -> K.regularize(K.allocate(Shape.of(1)), t, random(K, SIZE), 0.1f, 0.2f));
        all.put("clipByNorm", t -> K.clipByNorm(t, K.tensor(Shape.of(1), new float[] {100}), 0.5f));
        all.put("sgd", t -> K.sgd(t, random(K, SIZE), K.allocate(Shape.of(SIZE)), 0.1f, 0.9f, true));
        all.put("rmsProp", t -> K.rmsProp(t, random(K, SIZE), K.allocate(Shape.of(SIZE)), 0.1f, 0.9f, 1e-7f));
        all.put("adam", t -> K.adam(t, random(K, SIZE), K.allocate(Shape.of(SIZE)), K.allocate(Shape.of(SIZE)), 0.1f,
                0.9f, 0.999f, 1e-7f));
        return all;
    }

    private static Tensor image(Tensor t) {
        return t.reshape(1, 10, 10, 104);
    }

    private static void gates(Backend K, Tensor h, Tensor c, Tensor gates) {
        int[] rows = {1, SIZE};
        K.lstmGates(h.reshape(rows), c.reshape(rows), gates.reshape(1, 4 * SIZE), random(K, SIZE).reshape(rows), null,
                ActivationFunction.TANH, ActivationFunction.SIGMOID);
    }

    @ParameterizedTest(name = "after {0}")
    @MethodSource("writers")
    void neverStale(String writer) {
        for (Product product : Product.values()) {
            Tensor whole = random(2, SIZE); // the kernel is a view, and is written to through another
            Tensor kernel = whole.at(1);
            float[] before = product.of(K, kernel);
            assertArrayEquals(before, product.of(K, kernel), "used again");
            writers(K).get(writer).accept(whole.reshape(2 * SIZE).range(SIZE, 2 * SIZE));
            float[] after = product.of(K, kernel);
            Tensor fresh = K.tensor(kernel.shape(), K.toArray(kernel));
            assertArrayEquals(product.of(K, fresh), after, product + " after " + writer);
            assertFalse(Arrays.equals(before, after), writer + " changed nothing, so that nothing was tested");
        }
    }

    @Test
    void anotherBackendsWriteCountsToo() {
        Tensor kernel = random(SIZE);
        Product.MATRIX.of(K, kernel);
        new CheckedBackend(new ReferenceBackend()).fill(kernel, 2);
        assertArrayEquals(Product.MATRIX.of(K, K.tensor(kernel.shape(), K.toArray(kernel))),
                Product.MATRIX.of(K, kernel));
    }

    @ParameterizedTest
    @EnumSource(Product.class)
    void withoutChecksNothingIsKept(Product product) {
        Backend raw = new SimdBackend(2);
        Tensor kernel = random(raw, SIZE);
        product.of(raw, kernel);
        raw.fill(kernel, 0.5f);
        assertArrayEquals(product.of(raw, raw.tensor(kernel.shape(), raw.toArray(kernel))), product.of(raw, kernel));
        raw.close();
    }

    /** After an optimiser's step and after a checkpoint a layer computes what a new one with these weights computes. */
    @Test
    void aTrainedOrLoadedModelUsesItsNewWeights(@TempDir Path folder) throws IOException {
        Sequential model = model(1);
        Tensor x = random(4, 2, 8, 8, C);
        float[] young = K.toArray(model.forward(x, false));
        Path file = folder.resolve("young.safetensors");
        Checkpoint.save(file, model);
        model.backward(random(4, 2, 8, 8, F));
        Optimizer.adam(0.1).step(K, model.parameters());
        float[] trained = K.toArray(model.forward(x, false));
        assertFalse(Arrays.equals(young, trained));
        Sequential same = model(2);
        List<Parameter> weights = model.parameters();
        for (int k = 0; k < weights.size(); k++) {
            K.copy(same.parameters().get(k).value(), weights.get(k).value());
        }
        assertArrayEquals(K.toArray(same.forward(x, false)), trained);
        Checkpoint.load(file, model);
        assertArrayEquals(young, K.toArray(model.forward(x, false)));
    }

    private Sequential model(long seed) {
        return new Sequential(K, Shape.of(4, 8, 8, C), seed,
                new ConvLstm2d(F, 3).padding(Padding.SAME).recurrentDropout(0.2).returnSequences(true));
    }

    // ---- memory

    @Test
    void aFormIsMadeOnceAndAnewInTheSameMemory() {
        Tensor t = random(6);
        HostBuffer buffer = (HostBuffer) t.buffer();
        int[] made = {0};
        Consumer<float[]> maker = form -> form[0] = ++made[0];
        float[] form = buffer.derived("a", 3, maker);
        assertSame(form, buffer.derived("a", 3, maker));
        assertEquals(1, made[0]);
        assertNotSame(form, buffer.derived("b", 3, maker));
        K.fill(t, 1);
        assertSame(form, buffer.derived("a", 3, maker));
        assertEquals(3, form[0]);
    }

    @Test
    void formsAreFewAndGoWithTheirKernel() throws InterruptedException {
        Tensor t = random(6);
        HostBuffer buffer = (HostBuffer) t.buffer();
        int[] made = {0};
        for (int round = 0; round < 2; round++) {
            for (int key = 0; key < 100; key++) {
                buffer.derived(key, 1, form -> made[0]++);
            }
        }
        assertEquals(200, made[0], "of a hundred none lasts until it is wanted again");

        WeakReference<float[]> form = new WeakReference<>(buffer.derived("last", 1 << 20, f -> {}));
        buffer = null;
        t = null;
        for (int k = 0; k < 50 && form.get() != null; k++) {
            System.gc();
            Thread.sleep(20);
        }
        assertSame(null, form.get(), "nobody else holds it");
    }
}
