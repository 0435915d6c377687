package convlstm.golden;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * One mistake that an implementation of the layers could hold, made on purpose: a backend that does one operation
 * wrongly. The golden values are worth something only if each of these turns them red.
 *
 * @param name what is wrong
 * @param operation the method of {@link Backend} that is replaced
 * @param wrong what is done instead
 */
record Mutation(String name, String operation, Wrong wrong) {
    /** The wrong version of an operation, given the right backend and the arguments. */
    interface Wrong {
        void run(Backend K, Object[] args);
    }

    private static final String[] GATES = {"i", "f", "c", "o"};

    /** The backend with this mistake. */
    Backend in(Backend K) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, args) -> {
                    if (method.getName().equals(operation)) {
                        wrong.run(K, args);
                        return null;
                    }
                    try {
                        return method.invoke(K, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public String toString() {
        return name;
    }

    static List<Mutation> all() {
        List<Mutation> all = new ArrayList<>();
        for (int a = 0; a < 4; a++) {
            for (int b = a + 1; b < 4; b++) {
                all.add(swappedGates(a, b));
            }
        }
        all.addAll(kernels());
        all.addAll(windows());
        all.addAll(missingTerms());
        all.addAll(gradients());
        all.addAll(others());
        return all;
    }

    // ---- gates

    private static Mutation swappedGates(int a, int b) {
        return new Mutation("gates " + GATES[a] + " and " + GATES[b] + " swapped", "lstmGates", (K, args) -> {
            Tensor gates = (Tensor) args[2];
            int F = gates.dim(-1) / 4;
            Tensor copy = K.tensor(gates.shape(), K.toArray(gates));
            K.copyChannels(gates, a * F, copy, b * F, F, Write.SET);
            K.copyChannels(gates, b * F, copy, a * F, F, Write.SET);
            lstmGates(K, args);
        });
    }

    // ---- kernels: (kh, kw, in, out)

    private static List<Mutation> kernels() {
        return List.of(
                kernel("kernels flipped, as in a true convolution", Write.values(), Mutation::flipped),
                kernel("recurrent kernels flipped", new Write[] {Write.ADD}, Mutation::flipped),
                kernel("kernel rows and columns exchanged", Write.values(), Mutation::transposed),
                kernel("kernel input channels reversed", Write.values(), Mutation::channelsReversed));
    }

    /** Replaces the kernel of conv2d where its result is written in one of the given ways. */
    private static Mutation kernel(String name, Write[] writes, KernelChange change) {
        return new Mutation(name, "conv2d", (K, args) -> {
            if (List.of(writes).contains((Write) args[5])) {
                Tensor kernel = (Tensor) args[2];
                args[2] = K.tensor(kernel.shape(), change.of(kernel.shape(), K.toArray(kernel)));
            }
            conv2d(K, args);
        });
    }

    private interface KernelChange {
        float[] of(Shape shape, float[] kernel);
    }

    private static float[] flipped(Shape s, float[] kernel) {
        int pixels = s.dim(0) * s.dim(1);
        int weights = kernel.length / pixels;
        float[] changed = new float[kernel.length];
        for (int p = 0; p < pixels; p++) {
            System.arraycopy(kernel, (pixels - 1 - p) * weights, changed, p * weights, weights);
        }
        return changed;
    }

    private static float[] transposed(Shape s, float[] kernel) {
        int weights = s.dim(2) * s.dim(3);
        float[] changed = new float[kernel.length];
        for (int i = 0; i < s.dim(0); i++) {
            for (int j = 0; j < s.dim(1); j++) {
                int from = (j * s.dim(0) + i) * weights;
                System.arraycopy(kernel, from, changed, (i * s.dim(1) + j) * weights, weights);
            }
        }
        return changed;
    }

    private static float[] channelsReversed(Shape s, float[] kernel) {
        int out = s.dim(3);
        float[] changed = new float[kernel.length];
        for (int row = 0; row < kernel.length / out; row++) {
            int pixel = row / s.dim(2);
            int from = pixel * s.dim(2) + s.dim(2) - 1 - row % s.dim(2);
            System.arraycopy(kernel, from * out, changed, row * out, out);
        }
        return changed;
    }

    // ---- windows

    private static List<Mutation> windows() {
        return List.of(
                new Mutation("SAME pads the larger half before the image", "conv2d", (K, args) -> {
                    // Mirrored image, kernel and result: the same sum with the padding's halves exchanged.
                    Window window = (Window) args[4];
                    Tensor x = (Tensor) args[1];
                    Tensor kernel = (Tensor) args[2];
                    Tensor out = (Tensor) args[0];
                    boolean strided = window.strideH() > 1 || window.strideW() > 1;
                    if (window.padding() == Padding.VALID || strided) {
                        conv2d(K, args);
                        return;
                    }
                    Tensor mirrored = K.allocate(out.shape());
                    Tensor flipped = K.tensor(kernel.shape(), flipped(kernel.shape(), K.toArray(kernel)));
                    K.conv2d(mirrored, mirror(K, x), flipped, (Tensor) args[3], window, Write.SET);
                    Tensor right = mirror(K, mirrored);
                    if (args[5] == Write.SET) {
                        K.copy(out, right);
                    } else {
                        K.addScaled(out, right, 1);
                    }
                }),
                new Mutation("strides exchanged", "conv2d", (K, args) -> {
                    Window w = (Window) args[4];
                    args[4] = new Window(w.height(), w.width(), w.strideW(), w.strideH(), w.dilationH(), w.dilationW(),
                            w.padding());
                    conv2d(K, args);
                }),
                new Mutation("dilation ignored", "conv2d", (K, args) -> {
                    Window w = (Window) args[4];
                    args[4] = new Window(w.height(), w.width(), w.strideH(), w.strideW(), 1, 1, w.padding());
                    conv2d(K, args);
                }),
                new Mutation("pooling takes padding for zeros", "maxPool2d", (K, args) -> {
                    maxPool2d(K, args);
                    Tensor out = (Tensor) args[0];
                    if (((Window) args[2]).padding() == Padding.SAME) {
                        K.activate(out, out, ActivationFunction.RELU);
                    }
                }));
    }

    /** The image upside down and left to right; leading axes stay. */
    private static Tensor mirror(Backend K, Tensor image) {
        int C = image.dim(-1);
        int pixels = image.dim(-3) * image.dim(-2);
        float[] values = K.toArray(image);
        float[] mirrored = new float[values.length];
        for (int p = 0; p < values.length / C; p++) {
            int from = p / pixels * pixels + pixels - 1 - p % pixels;
            System.arraycopy(values, from * C, mirrored, p * C, C);
        }
        return K.tensor(image.shape(), mirrored);
    }

    // ---- missing terms

    private static List<Mutation> missingTerms() {
        return List.of(
                new Mutation("no recurrent convolution", "conv2d", (K, args) -> {
                    if (args[5] == Write.SET) {
                        conv2d(K, args);
                    }
                }),
                new Mutation("no recurrent product", "dot", (K, args) -> {
                    if (args[4] == Write.SET) {
                        dot(K, args);
                    }
                }),
                new Mutation("no bias in convolutions", "conv2d", (K, args) -> {
                    args[3] = null;
                    conv2d(K, args);
                }),
                new Mutation("no bias in products", "dot", (K, args) -> {
                    args[3] = null;
                    dot(K, args);
                }),
                new Mutation("nothing remembered: no f c_tm1", "lstmGates", (K, args) -> {
                    args[3] = K.allocate(((Tensor) args[3]).shape());
                    lstmGates(K, args);
                }),
                new Mutation("no activation of the cell state: h = o c", "lstmGates", (K, args) -> {
                    lstmGates(K, args);
                    Tensor gates = (Tensor) args[2];
                    int F = gates.dim(-1) / 4;
                    Tensor o = K.allocate(((Tensor) args[1]).shape());
                    K.copyChannels(o, 0, gates, 3 * F, F, Write.SET);
                    K.multiply((Tensor) args[0], o, (Tensor) args[1], Write.SET);
                }),
                new Mutation("no L1 penalty", "regularize",
                        (K, args) -> K.regularize((Tensor) args[0], (Tensor) args[1], (Tensor) args[2], 0,
                                (float) args[4])),
                new Mutation("L2 penalty with a factor 1/2", "regularize", (K, args) -> K.regularize(
                        (Tensor) args[0], (Tensor) args[1], (Tensor) args[2], (float) args[3], (float) args[4] / 2)));
    }

    // ---- gradients

    private static List<Mutation> gradients() {
        return List.of(
                new Mutation("no bias gradient", "sumRows", (K, args) -> {}),
                new Mutation("no gradient through the cell state", "lstmGatesGrad", (K, args) -> {
                    K.fill((Tensor) args[1], 0);
                    lstmGatesGrad(K, args);
                }),
                new Mutation("no gradient through the output's activation", "lstmGatesGrad", (K, args) -> {
                    Tensor dc = (Tensor) args[1];
                    Tensor before = K.tensor(dc.shape(), K.toArray(dc));
                    Tensor gates = K.tensor(((Tensor) args[4]).shape(), K.toArray((Tensor) args[4]));
                    lstmGatesGrad(K, args);
                    int F = dc.dim(-1);
                    Tensor f = K.allocate(dc.shape());
                    K.copyChannels(f, 0, gates, F, F, Write.SET);
                    K.multiply(dc, before, f, Write.SET);
                }),
                new Mutation("no gradient back in time, convolution", "conv2dGradInput", (K, args) -> {
                    if (args[4] == Write.SET) {
                        conv2dGradInput(K, args);
                    }
                }),
                new Mutation("no gradient back in time, product", "dotGradInput", (K, args) -> {
                    if (args[3] == Write.SET) {
                        K.dotGradInput((Tensor) args[0], (Tensor) args[1], (Tensor) args[2], Write.SET);
                    }
                }),
                new Mutation("kernel flipped on the way back", "conv2dGradInput", (K, args) -> {
                    Tensor kernel = (Tensor) args[2];
                    args[2] = K.tensor(kernel.shape(), flipped(kernel.shape(), K.toArray(kernel)));
                    conv2dGradInput(K, args);
                }),
                new Mutation("kernel gradient counted twice", "conv2dGradKernel", (K, args) -> {
                    for (int twice = 0; twice < 2; twice++) {
                        K.conv2dGradKernel((Tensor) args[0], (Tensor) args[1], (Tensor) args[2], (Window) args[3]);
                    }
                }),
                new Mutation("no kernel gradient of products", "dotGradKernel", (K, args) -> {}),
                new Mutation("activations without derivative", "activateGrad",
                        (K, args) -> K.copy((Tensor) args[0], (Tensor) args[2])),
                new Mutation("batch statistics taken for constants", "batchNormGrad", (K, args) -> K.batchNormGrad(
                        (Tensor) args[0], (Tensor) args[1], (Tensor) args[2], (Tensor) args[3], (Tensor) args[4],
                        (Tensor) args[5], (Tensor) args[6], (Tensor) args[7], (float) args[8], false)),
                new Mutation("no gradient of pooling", "maxPool2dGrad", (K, args) -> K.fill((Tensor) args[0], 0)));
    }

    // ---- others

    private static List<Mutation> others() {
        return List.of(
                new Mutation("masks without effect", "scaleRows", (K, args) -> {
                    if (args[3] == Write.SET) {
                        K.copy((Tensor) args[0], (Tensor) args[1]);
                    }
                }),
                new Mutation("dropout without effect", "multiply",
                        (K, args) -> K.copy((Tensor) args[0], (Tensor) args[1])),
                new Mutation("Keras 2's hard sigmoid for Keras 3's", "lstmGates", (K, args) -> {
                    if (args[6] == ActivationFunction.HARD_SIGMOID) {
                        args[6] = ActivationFunction.HARD_SIGMOID_KERAS2;
                    }
                    lstmGates(K, args);
                }),
                new Mutation("unbiased variance", "batchNorm", (K, args) -> {
                    batchNorm(K, args);
                    if ((boolean) args[7]) {
                        Tensor x = (Tensor) args[1];
                        Tensor variance = (Tensor) args[5];
                        float n = (float) x.size() / variance.size();
                        Tensor old = K.tensor(variance.shape(), K.toArray(variance));
                        K.addScaled(variance, old, 1 / (n - 1));
                    }
                }),
                new Mutation("Adam's epsilon under the root", "adam", (K, args) -> K.adam((Tensor) args[0],
                        (Tensor) args[1], (Tensor) args[2], (Tensor) args[3], (float) args[4], (float) args[5],
                        (float) args[6], (float) Math.sqrt((float) args[7]))));
    }

    // ---- the right operations, with their arguments in an array

    private static void conv2d(Backend K, Object[] a) {
        K.conv2d((Tensor) a[0], (Tensor) a[1], (Tensor) a[2], (Tensor) a[3], (Window) a[4], (Write) a[5]);
    }

    private static void dot(Backend K, Object[] a) {
        K.dot((Tensor) a[0], (Tensor) a[1], (Tensor) a[2], (Tensor) a[3], (Write) a[4]);
    }

    private static void conv2dGradInput(Backend K, Object[] a) {
        K.conv2dGradInput((Tensor) a[0], (Tensor) a[1], (Tensor) a[2], (Window) a[3], (Write) a[4]);
    }

    private static void batchNorm(Backend K, Object[] a) {
        K.batchNorm((Tensor) a[0], (Tensor) a[1], (Tensor) a[2], (Tensor) a[3], (Tensor) a[4], (Tensor) a[5],
                (float) a[6], (boolean) a[7]);
    }

    private static void maxPool2d(Backend K, Object[] a) {
        K.maxPool2d((Tensor) a[0], (Tensor) a[1], (Window) a[2]);
    }

    private static void lstmGates(Backend K, Object[] a) {
        K.lstmGates((Tensor) a[0], (Tensor) a[1], (Tensor) a[2], (Tensor) a[3], (Tensor) a[4],
                (ActivationFunction) a[5], (ActivationFunction) a[6]);
    }

    private static void lstmGatesGrad(Backend K, Object[] a) {
        K.lstmGatesGrad((Tensor) a[0], (Tensor) a[1], (Tensor) a[2], (Tensor) a[3], (Tensor) a[4], (Tensor) a[5],
                (Tensor) a[6], (Tensor) a[7], (ActivationFunction) a[8], (ActivationFunction) a[9]);
    }
}
