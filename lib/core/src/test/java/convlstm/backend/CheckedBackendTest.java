package convlstm.backend;

import static convlstm.backend.ActivationFunction.SIGMOID;
import static convlstm.backend.ActivationFunction.TANH;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.reference.ReferenceBackend;
import convlstm.tensor.Buffer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Every mistake that the checks find is named: operation, argument, what was expected, what came, and a hint. */
class CheckedBackendTest {
    private static final Window SAME = Window.same(3, 3);
    private static final Window HALVES = new Window(2, 2, 2, 2, 1, 1, Padding.VALID);

    private final CheckedBackend K = new CheckedBackend(new ReferenceBackend());

    private Tensor t(int... dims) {
        return K.allocate(Shape.of(dims));
    }

    // ---- one valid call of each operation, and what becomes of it when one tensor is not what it should be

    private Object[][] validCalls() {
        return new Object[][] {
            {"write", t(2, 3), new float[6]},
            {"read", t(2, 3), new float[6]},
            {"fill", t(2, 3), 1f},
            {"copy", t(2, 3), t(3)},
            {"copyChannels", t(2, 3), 0, t(2, 12), 6, 3, Write.SET},
            {"swap01", t(2, 3, 4), t(3, 2, 4)},
            {"dot", t(5, 2), t(5, 3), t(3, 2), t(2), Write.SET},
            {"dotGradInput", t(5, 3), t(5, 2), t(3, 2), Write.ADD},
            {"dotGradKernel", t(3, 2), t(5, 3), t(5, 2)},
            {"conv2d", t(2, 4, 5, 6), t(2, 4, 5, 3), t(3, 3, 3, 6), t(6), SAME, Write.SET},
            {"conv2dGradInput", t(2, 4, 5, 3), t(2, 4, 5, 6), t(3, 3, 3, 6), SAME, Write.ADD},
            {"conv2dGradKernel", t(3, 3, 3, 6), t(2, 4, 5, 3), t(2, 4, 5, 6), SAME},
            {"sumRows", t(3), t(2, 4, 3)},
            {"lstmGates", t(4, 3), t(4, 3), t(4, 12), t(4, 3), t(3, 2, 3), TANH, SIGMOID},
            {"lstmGatesGrad", t(4, 12), t(4, 3), t(3, 1, 3), t(4, 3), t(4, 12), t(4, 3), t(4, 3), t(3, 1, 3), TANH,
                SIGMOID},
            {"activate", t(2, 3), t(2, 3), TANH},
            {"activateGrad", t(2, 3), t(2, 3), t(2, 3), TANH},
            {"multiply", t(2, 3), t(2, 3), t(3), Write.SET},
            {"scaleRows", t(2, 3), t(2, 3), t(2), Write.SET},
            {"addScaled", t(2, 3), t(2, 3), 1f},
            {"maxPool2d", t(1, 2, 3, 2), t(1, 4, 6, 2), HALVES},
            {"maxPool2dGrad", t(1, 4, 6, 2), t(1, 2, 3, 2), t(1, 4, 6, 2), HALVES},
            {"batchNorm", t(6, 2), t(6, 2), t(2), t(2), t(3, 2), t(3, 2), 1e-3f, true},
            {"batchNormGrad", t(6, 2), t(2), t(2), t(6, 2), t(6, 2), t(2), t(1, 2), t(1, 2), 1e-3f, true},
            {"loss", LossFunction.SQUARED_ERROR, t(1), t(2, 3), t(2, 3), t(2, 3), 1f},
            {"regularize", t(1), t(4), t(4), 0.1f, 0.1f},
            {"sumSquares", t(1), t(4)},
            {"clipByNorm", t(4), t(1), 1f},
            {"sgd", t(4), t(4), t(4), 0.1f, 0.9f, true},
            {"rmsProp", t(4), t(4), t(4), 0.1f, 0.9f, 1e-7f},
            {"adam", t(4), t(4), t(4), t(4), 0.1f, 0.9f, 0.999f, 1e-7f},
        };
    }

    private static Method method(Object[] call) {
        return Arrays.stream(Backend.class.getMethods())
                .filter(m -> m.getName().equals(call[0]))
                .findFirst()
                .orElseThrow();
    }

    private void invoke(Object[] call) throws Throwable {
        try {
            method(call).invoke(K, Arrays.copyOfRange(call, 1, call.length));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Test
    void theValidCallsCoverEveryOperationOnTensors() {
        List<String> uncovered = new ArrayList<>(Arrays.stream(Backend.class.getMethods())
                .filter(m -> !m.isDefault() && List.of(m.getParameterTypes()).contains(Tensor.class))
                .map(Method::getName)
                .toList());
        Arrays.stream(validCalls()).forEach(call -> uncovered.remove((String) call[0]));
        assertEquals(List.of(), uncovered);
    }

    @TestFactory
    Stream<DynamicTest> theValidCallsPass() {
        return Arrays.stream(validCalls())
                .map(call -> DynamicTest.dynamicTest((String) call[0], () -> invoke(call)));
    }

    private static final class Foreign extends Buffer {
        private final int length;

        Foreign(int length) {
            this.length = length;
        }

        @Override
        public int length() {
            return length;
        }
    }

    @TestFactory
    Stream<DynamicTest> aTensorOfAnotherBackendIsNamed() {
        return withEachTensorReplaced(
                old -> new Tensor(old.shape(), new Foreign(old.size()), 0),
                "expected a tensor of the backend reference, got a Foreign. Hint: tensors stay with the backend");
    }

    @TestFactory
    Stream<DynamicTest> anEmptyTensorIsNamed() {
        return withEachTensorReplaced(
                old -> old.range(0, 0), "expected at least one element, got (0");
    }

    private Stream<DynamicTest> withEachTensorReplaced(UnaryOperator<Tensor> by, String message) {
        return Arrays.stream(validCalls()).flatMap(call -> {
            List<DynamicTest> tests = new ArrayList<>();
            for (int k = 1; k < call.length; k++) {
                if (call[k] instanceof Tensor tensor) {
                    Object[] wrong = call.clone();
                    wrong[k] = by.apply(tensor);
                    String argument = method(call).getParameters()[k - 1].getName();
                    tests.add(DynamicTest.dynamicTest(call[0] + " " + argument,
                            () -> assertRefused(call[0] + ": " + argument + ": " + message, () -> invoke(wrong))));
                }
            }
            return tests.stream();
        });
    }

    private static void assertRefused(String start, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(start), () -> "expected a message that starts\n" + start + "\ngot\n" + message);
        assertTrue(message.contains(", got ") && message.contains(". Hint: "), message);
    }

    // ---- shapes

    @Test
    void memory() {
        assertRefused("allocate: shape: expected at least one element, got (2, 0)", () -> t(2, 0));
        assertRefused("write: src: expected 6 values for shape (2, 3), got 5 values",
                () -> K.write(t(2, 3), new float[5]));
        assertRefused("write: src: expected 6 values", () -> K.write(t(2, 3), new float[7]));
        assertRefused("read: dst: expected room for 6 values of shape (2, 3), got 7 values",
                () -> K.read(t(2, 3), new float[7]));
        assertRefused("copy: src: expected a shape that ends dst (2, 3), got (2)", () -> K.copy(t(2, 3), t(2)));
        assertRefused("copy: src: expected a shape that ends dst (3), got (2, 3)", () -> K.copy(t(3), t(2, 3)));
        assertRefused("swap01: src: expected at least 2 axes, got (6)", () -> K.swap01(t(6), t(6)));
        assertRefused("swap01: dst: expected shape (3, 2, 4) for src (2, 3, 4), got (2, 3, 4)",
                () -> K.swap01(t(2, 3, 4), t(2, 3, 4)));
        assertRefused("copyChannels: src: expected 2 rows as in dst (2, 3), got 3 rows in (3, 12)",
                () -> K.copyChannels(t(2, 3), 0, t(3, 12), 0, 3, Write.SET));
        assertRefused("copyChannels: count: expected 1 channel or more, got 0",
                () -> K.copyChannels(t(2, 3), 0, t(2, 12), 0, 0, Write.SET));
        assertRefused(
                "copyChannels: dstFrom: expected 0 to 0, so that 3 channels fit the last axis of dst (2, 3), got 1",
                () -> K.copyChannels(t(2, 3), 1, t(2, 12), 0, 3, Write.SET));
        assertRefused(
                "copyChannels: srcFrom: expected 0 to 9, so that 3 channels fit the last axis of src (2, 12), got -1",
                () -> K.copyChannels(t(2, 3), 0, t(2, 12), -1, 3, Write.SET));
    }

    @Test
    void dot() {
        assertRefused("dot: kernel: expected 2 axes (D, U), got (6)",
                () -> K.dot(t(5, 2), t(5, 3), t(6), null, Write.SET));
        assertRefused("dot: x: expected rows of 3 features for kernel (3, 2), got (5, 4)",
                () -> K.dot(t(5, 2), t(5, 4), t(3, 2), null, Write.SET));
        assertRefused("dot: out: expected rows of 2 units for kernel (3, 2), got (5, 3)",
                () -> K.dot(t(5, 3), t(5, 3), t(3, 2), null, Write.SET));
        assertRefused("dot: out: expected 5 rows as in x (5, 3), got 4 rows in (4, 2)",
                () -> K.dot(t(4, 2), t(5, 3), t(3, 2), null, Write.SET));
        assertRefused("dot: bias: expected shape (2), the last axis of out (5, 2), got (3)",
                () -> K.dot(t(5, 2), t(5, 3), t(3, 2), t(3), Write.SET));
        assertRefused("dot: x: expected at least 1 axis, got ()", () -> K.dot(t(2), t(), t(1, 2), null, Write.SET));
        assertRefused("dotGradInput: dx: expected rows of 3 features for kernel (3, 2), got (5, 2)",
                () -> K.dotGradInput(t(5, 2), t(5, 2), t(3, 2), Write.SET));
        assertRefused("dotGradKernel: dOut: expected rows of 2 units for dKernel (3, 2), got (5, 3)",
                () -> K.dotGradKernel(t(3, 2), t(5, 3), t(5, 3)));
        assertRefused("sumRows: dst: expected shape (3), the last axis of x (2, 3), got (2)",
                () -> K.sumRows(t(2), t(2, 3)));
    }

    @Test
    void conv2d() {
        assertRefused("conv2d: kernel: expected (3, 3, C, F) as the window, got (5, 5, 3, 6)",
                () -> K.conv2d(t(2, 4, 5, 6), t(2, 4, 5, 3), t(5, 5, 3, 6), null, SAME, Write.SET));
        assertRefused("conv2d: kernel: expected (3, 3, C, F) as the window, got (27, 6)",
                () -> K.conv2d(t(2, 4, 5, 6), t(2, 4, 5, 3), t(27, 6), null, SAME, Write.SET));
        assertRefused("conv2d: x: expected at least 4 axes, got (4, 5, 3)",
                () -> K.conv2d(t(2, 4, 5, 6), t(4, 5, 3), t(3, 3, 3, 6), null, SAME, Write.SET));
        assertRefused("conv2d: x: expected 3 channels for kernel (3, 3, 3, 6), got (2, 3, 4, 5)",
                () -> K.conv2d(t(2, 4, 5, 6), t(2, 3, 4, 5), t(3, 3, 3, 6), null, SAME, Write.SET));
        assertRefused("conv2d: out: expected shape (2, 4, 5, 6) from x (2, 4, 5, 3) through Window[",
                () -> K.conv2d(t(2, 2, 3, 6), t(2, 4, 5, 3), t(3, 3, 3, 6), null, SAME, Write.SET));
        assertRefused("conv2d: out: expected shape (2, 4, 5, 6)",
                () -> K.conv2d(t(1, 4, 5, 6), t(2, 4, 5, 3), t(3, 3, 3, 6), null, SAME, Write.SET));
        assertRefused("conv2d: bias: expected shape (6), the last axis of out (2, 4, 5, 6), got (3)",
                () -> K.conv2d(t(2, 4, 5, 6), t(2, 4, 5, 3), t(3, 3, 3, 6), t(3), SAME, Write.SET));
        assertRefused("conv2dGradInput: dOut: expected shape (2, 4, 5, 6) from dx (2, 4, 5, 3)",
                () -> K.conv2dGradInput(t(2, 4, 5, 3), t(2, 4, 5, 3), t(3, 3, 3, 6), SAME, Write.SET));
        assertRefused("conv2dGradKernel: dKernel: expected (3, 3, C, F) as the window, got (3, 6)",
                () -> K.conv2dGradKernel(t(3, 6), t(2, 4, 5, 3), t(2, 4, 5, 6), SAME));
        assertRefused("maxPool2d: out: expected shape (1, 2, 3, 2) from x (1, 4, 6, 2)",
                () -> K.maxPool2d(t(1, 2, 2, 2), t(1, 4, 6, 2), HALVES));
        assertRefused("maxPool2dGrad: dx: expected 48 elements as in x (1, 4, 6, 2), got (1, 2, 3, 2)",
                () -> K.maxPool2dGrad(t(1, 2, 3, 2), t(1, 2, 3, 2), t(1, 4, 6, 2), HALVES));
    }

    @Test
    void leadingAxesMayBeGroupedOtherwise() {
        K.conv2d(t(6, 4, 5, 6), t(2, 3, 4, 5, 3), t(3, 3, 3, 6), null, SAME, Write.SET);
        K.dot(t(6, 2), t(2, 3, 4), t(4, 2), null, Write.SET);
        K.lstmGates(t(2, 2, 3), t(2, 2, 3), t(2, 2, 12), t(2, 2, 3), t(3, 2, 1, 3), TANH, SIGMOID);
    }

    @Test
    void gates() {
        assertRefused("lstmGates: gates: expected a last axis of 4F for i, f, c, o, got (4, 10)",
                () -> K.lstmGates(t(4, 3), t(4, 3), t(4, 10), t(4, 3), null, TANH, SIGMOID));
        assertRefused("lstmGates: h: expected shape (4, 3) for gates (4, 12), got (4, 12)",
                () -> K.lstmGates(t(4, 12), t(4, 3), t(4, 12), t(4, 3), null, TANH, SIGMOID));
        assertRefused("lstmGates: c_tm1: expected shape (4, 3) for gates (4, 12), got (3, 3)",
                () -> K.lstmGates(t(4, 3), t(4, 3), t(4, 12), t(3, 3), null, TANH, SIGMOID));
        assertRefused(
                "lstmGates: peephole: expected (3, R, 3) with R dividing the 4 rows of gates (4, 12), got (3, 3, 3)",
                () -> K.lstmGates(t(4, 3), t(4, 3), t(4, 12), t(4, 3), t(3, 3, 3), TANH, SIGMOID));
        assertRefused("lstmGates: peephole: expected (3, R, 3) with R dividing",
                () -> K.lstmGates(t(4, 3), t(4, 3), t(4, 12), t(4, 3), t(3), TANH, SIGMOID));
        assertRefused("lstmGatesGrad: dGates: expected shape (4, 12) as gates, got (2, 24)",
                () -> gatesGrad(t(2, 24), t(4, 3), null, t(4, 12), null));
        assertRefused("lstmGatesGrad: dPeephole: expected null, as peephole is, got (3, 1, 3)",
                () -> gatesGrad(t(4, 12), t(4, 3), t(3, 1, 3), t(4, 12), null));
        assertRefused("lstmGatesGrad: dPeephole: expected shape (3, 1, 3) as peephole, got (3, 2, 3)",
                () -> gatesGrad(t(4, 12), t(4, 3), t(3, 2, 3), t(4, 12), t(3, 1, 3)));
    }

    private void gatesGrad(
            Tensor dGates, Tensor dc, @Nullable Tensor dPeephole, Tensor gates, @Nullable Tensor peephole) {
        K.lstmGatesGrad(dGates, dc, dPeephole, t(4, 3), gates, t(4, 3), t(4, 3), peephole, TANH, SIGMOID);
    }

    @Test
    void elementByElement() {
        assertRefused("activate: y: expected 6 elements as in x (2, 3), got (5)",
                () -> K.activate(t(5), t(2, 3), TANH));
        assertRefused("activateGrad: dy: expected 6 elements as in dx (2, 3), got (5)",
                () -> K.activateGrad(t(2, 3), t(6), t(5), TANH));
        assertRefused("multiply: b: expected a shape that ends a (2, 3), got (2)",
                () -> K.multiply(t(2, 3), t(2, 3), t(2), Write.SET));
        assertRefused("scaleRows: rows: expected shape (2) for src (2, 3), got (3)",
                () -> K.scaleRows(t(2, 3), t(2, 3), t(3), Write.SET));
        assertRefused("addScaled: src: expected 6 elements as in dst (2, 3), got (3)",
                () -> K.addScaled(t(2, 3), t(3), 1));
    }

    @Test
    void normalisationLossesAndOptimisers() {
        assertRefused("batchNorm: mean: expected (G, 2) with G dividing the 6 rows of x (6, 2), got (4, 2)",
                () -> K.batchNorm(t(6, 2), t(6, 2), null, null, t(4, 2), t(4, 2), 1e-3f, true));
        assertRefused("batchNorm: variance: expected shape (3, 2) as mean, got (1, 2)",
                () -> K.batchNorm(t(6, 2), t(6, 2), null, null, t(3, 2), t(1, 2), 1e-3f, true));
        assertRefused("batchNorm: gamma: expected shape (2), the last axis of x (6, 2), got (6)",
                () -> K.batchNorm(t(6, 2), t(6, 2), t(6), null, t(3, 2), t(3, 2), 1e-3f, true));
        assertRefused("loss: target: expected shape (2, 3) as prediction, got (3, 2)",
                () -> K.loss(LossFunction.SQUARED_ERROR, t(1), t(2, 3), t(2, 3), t(3, 2), 1));
        assertRefused("loss: value: expected shape (1), got ()",
                () -> K.loss(LossFunction.SQUARED_ERROR, t(), t(2, 3), t(2, 3), t(2, 3), 1));
        assertRefused("clipByNorm: maxNorm: expected a number above 0, got 0.0", () -> K.clipByNorm(t(3), t(1), 0));
        assertRefused("clipByNorm: maxNorm: expected a number above 0, got NaN",
                () -> K.clipByNorm(t(3), t(1), Float.NaN));
        assertRefused("sgd: velocity: expected 4 elements as in w (4), got (3)",
                () -> K.sgd(t(4), t(4), t(3), 1, 1, false));
        assertRefused("rmsProp: dw: expected 4 elements as in w (4), got (3)",
                () -> K.rmsProp(t(4), t(3), t(4), 1, 1, 1));
        assertRefused("adam: v: expected 4 elements as in w (4), got (3)",
                () -> K.adam(t(4), t(4), t(4), t(3), 1, 1, 1, 1));
    }

    // ---- memory that overlaps

    /** With every other argument valid: what happens if these two arguments are the same tensor. */
    private void assertNeverTheSame(String operation, String destination, String other) {
        assertRefused(
                operation + ": " + destination + ": expected memory of its own, got a tensor that overlaps " + other,
                () -> invoke(withSharedMemory(operation, destination, other, 0)));
    }

    /** The same tensor passes, the same memory moved by one element does not. */
    private void assertSameOrApart(String operation, String destination, String other) throws Throwable {
        invoke(withSharedMemory(operation, destination, other, 0));
        assertRefused(operation + ": " + destination + ": expected the very elements of " + other
                + ", or memory of its own, got a tensor that overlaps " + other + " in part",
                () -> invoke(withSharedMemory(operation, destination, other, 1)));
    }

    /** A valid call whose two arguments lie in one buffer, the second the given number of elements after the first. */
    private Object[] withSharedMemory(String operation, String first, String second, int distance) {
        Object[] call = Arrays.stream(validCalls()).filter(c -> c[0].equals(operation)).findFirst().orElseThrow();
        int firstAt = position(call, first);
        int secondAt = position(call, second);
        Shape firstShape = ((Tensor) call[firstAt]).shape();
        Shape secondShape = ((Tensor) call[secondAt]).shape();
        Buffer shared = t(firstShape.size() + secondShape.size() + distance).buffer();
        call[firstAt] = new Tensor(firstShape, shared, 0);
        call[secondAt] = new Tensor(secondShape, shared, distance);
        return call;
    }

    private static int position(Object[] call, String argument) {
        List<String> names = Arrays.stream(method(call).getParameters()).map(p -> p.getName()).toList();
        return 1 + names.indexOf(argument);
    }

    @Test
    void destinationsThatShareNoMemory() {
        String[] pairs = {
            "copyChannels dst src", "swap01 dst src", "dot out x", "dot out kernel", "dot out bias",
            "dotGradInput dx dOut", "dotGradInput dx kernel", "dotGradKernel dKernel x", "dotGradKernel dKernel dOut",
            "conv2d out x", "conv2d out kernel", "conv2d out bias", "conv2dGradInput dx dOut",
            "conv2dGradInput dx kernel", "conv2dGradKernel dKernel x", "conv2dGradKernel dKernel dOut", "sumRows dst x",
            "lstmGates h c", "lstmGates h gates", "lstmGates c gates", "lstmGates gates c_tm1", "lstmGates h c_tm1",
            "lstmGates h peephole",
            "lstmGates c peephole", "lstmGates gates peephole", "lstmGatesGrad dGates dc", "lstmGatesGrad dGates dh",
            "lstmGatesGrad dGates c", "lstmGatesGrad dGates c_tm1", "lstmGatesGrad dc gates",
            "lstmGatesGrad dc dh", "lstmGatesGrad dc c", "lstmGatesGrad dc c_tm1",
            "lstmGatesGrad dPeephole peephole", "scaleRows dst rows", "maxPool2d out x", "maxPool2dGrad dx dOut",
            "maxPool2dGrad dx x", "batchNorm y x", "batchNorm y gamma", "batchNorm y beta", "batchNorm y mean",
            "batchNorm y variance", "batchNorm mean variance", "batchNorm mean x", "batchNorm variance x",
            "batchNormGrad dx dy", "batchNormGrad dx x", "batchNormGrad dx mean", "batchNormGrad dx variance",
            "batchNormGrad dGamma gamma", "batchNormGrad dGamma dBeta", "loss value dPrediction",
            "loss value prediction",
            "loss value target", "loss dPrediction prediction", "loss dPrediction target", "regularize dw w",
            "regularize value dw", "regularize value w", "sumSquares value x", "clipByNorm x sumSquares", "sgd w dw",
            "sgd velocity w", "sgd velocity dw", "rmsProp w dw", "rmsProp v w", "rmsProp v dw", "adam w dw", "adam m w",
            "adam m dw", "adam v w", "adam v dw", "adam m v",
        };
        for (String pair : pairs) {
            String[] names = pair.split(" ");
            assertNeverTheSame(names[0], names[1], names[2]);
        }
    }

    @Test
    void destinationsThatMayBeTheInputItself() throws Throwable {
        String[] pairs = {
            "activate y x", "activateGrad dx y", "activateGrad dx dy", "multiply dst a", "scaleRows dst src",
            "addScaled dst src", "lstmGates c c_tm1", "lstmGatesGrad dGates gates",
        };
        for (String pair : pairs) {
            String[] names = pair.split(" ");
            assertSameOrApart(names[0], names[1], names[2]);
        }
    }

    /** What each operation writes; every other tensor of its call it only reads. */
    private static final List<String> DESTINATIONS = List.of(
            "write dst", "fill dst", "copy dst", "copyChannels dst", "swap01 dst", "dot out", "dotGradInput dx",
            "dotGradKernel dKernel", "conv2d out", "conv2dGradInput dx", "conv2dGradKernel dKernel", "sumRows dst",
            "lstmGates h", "lstmGates c", "lstmGates gates", "lstmGatesGrad dGates", "lstmGatesGrad dc",
            "lstmGatesGrad dPeephole", "activate y", "activateGrad dx", "multiply dst", "scaleRows dst",
            "addScaled dst", "maxPool2d out", "maxPool2dGrad dx", "batchNorm y", "batchNorm mean", "batchNorm variance",
            "batchNormGrad dx", "batchNormGrad dGamma", "batchNormGrad dBeta", "loss value", "loss dPrediction",
            "regularize value", "regularize dw", "sumSquares value", "clipByNorm x", "sgd w", "sgd velocity",
            "rmsProp w", "rmsProp v", "adam w", "adam m", "adam v");

    /** The inputs that may be a destination itself. */
    private static final List<String> IN_PLACE = List.of(
            "copy dst src", "activate y x", "activateGrad dx y", "activateGrad dx dy", "multiply dst a",
            "multiply dst b",
            "scaleRows dst src", "addScaled dst src", "lstmGates c c_tm1", "lstmGatesGrad dGates gates");

    /** Every operation, every pair of its tensors, in one buffer: the same elements, and moved by one element. */
    @TestFactory
    Stream<DynamicTest> everyPairOfTensors() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Object[] call : validCalls()) {
            List<String> names = tensorNames(call);
            for (String a : names) {
                for (String b : names.subList(names.indexOf(a) + 1, names.size())) {
                    tests.add(DynamicTest.dynamicTest(call[0] + " " + a + " " + b, () -> pair((String) call[0], a, b)));
                }
            }
        }
        return tests.stream();
    }

    private void pair(String operation, String a, String b) throws Throwable {
        boolean written = DESTINATIONS.contains(operation + " " + a) || DESTINATIONS.contains(operation + " " + b);
        boolean inPlace = IN_PLACE.contains(operation + " " + a + " " + b)
                || IN_PLACE.contains(operation + " " + b + " " + a);
        if (!written) {
            invoke(withSharedMemory(operation, a, b, 0));
            return;
        }
        Object[] call = withSharedMemory(operation, a, b, 0);
        boolean sameSize = ((Tensor) call[position(call, a)]).size() == ((Tensor) call[position(call, b)]).size();
        if (inPlace && sameSize) {
            invoke(call);
        } else {
            assertOverlapRefused(operation, call);
        }
        if (((Tensor) call[position(call, a)]).size() > 1) {
            assertOverlapRefused(operation, withSharedMemory(operation, a, b, 1));
        }
    }

    private void assertOverlapRefused(String operation, Object[] call) {
        String message = assertThrows(IllegalArgumentException.class, () -> invoke(call)).getMessage();
        assertTrue(message.startsWith(operation + ": ") && message.contains("overlaps"), message);
    }

    private static List<String> tensorNames(Object[] call) {
        List<String> names = new ArrayList<>();
        for (int k = 1; k < call.length; k++) {
            if (call[k] instanceof Tensor) {
                names.add(method(call).getParameters()[k - 1].getName());
            }
        }
        return names;
    }

    /** A new version for each buffer that a call writes to, and for no other. */
    @TestFactory
    Stream<DynamicTest> whatIsWrittenGetsANewVersion() {
        return Arrays.stream(validCalls()).map(call -> DynamicTest.dynamicTest((String) call[0], () -> {
            List<String> names = tensorNames(call);
            List<Long> before = new ArrayList<>();
            List<float[]> content = new ArrayList<>();
            for (String name : names) {
                Tensor t = (Tensor) call[position(call, name)];
                K.write(t, random(t.size()));
                before.add(t.buffer().version());
                content.add(K.toArray(t));
            }
            invoke(call);
            for (int k = 0; k < names.size(); k++) {
                Tensor t = (Tensor) call[position(call, names.get(k))];
                boolean newer = t.buffer().changedSince(before.get(k));
                assertEquals(DESTINATIONS.contains(call[0] + " " + names.get(k)), newer, names.get(k));
                assertTrue(newer || Arrays.equals(content.get(k), K.toArray(t)), names.get(k) + " changed");
            }
        }));
    }

    private static float[] random(int n) {
        Random random = new Random(n);
        float[] values = new float[n];
        for (int k = 0; k < n; k++) {
            values[k] = random.nextFloat() + 0.1f;
        }
        return values;
    }

    @Test
    void statisticsThatAreUsedAsGivenKeepTheirVersion() {
        Tensor mean = t(3, 2);
        K.fill(mean, 1);
        long version = mean.buffer().version();
        K.batchNorm(t(6, 2), t(6, 2), null, null, mean, t(3, 2), 1e-3f, false);
        assertFalse(mean.buffer().changedSince(version));
        K.fill(mean.at(1), 2);
        assertTrue(mean.buffer().changedSince(version), "a view is the same buffer");
        assertTrue(t(3).buffer().changedSince(0), "nobody has counted yet");
    }

    @Test
    void neighboursInOneBufferDoNotOverlap() {
        Tensor whole = t(2, 6);
        K.fill(whole.at(1), 2);
        K.swap01(whole.at(0).reshape(3, 2), whole.at(1).reshape(2, 3));
        assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2}, K.toArray(whole.at(0)));
    }

    @Test
    void inputsMayOverlap() {
        Tensor x = t(4, 3);
        K.fill(x, 1);
        Tensor dKernel = t(3, 3);
        K.dotGradKernel(dKernel, x.range(0, 3), x.range(1, 4));
        assertArrayEquals(new float[] {3, 3, 3, 3, 3, 3, 3, 3, 3}, K.toArray(dKernel));
    }

    /** The checks may be shared where what is behind them may, as plain loops are; each thread has tensors of its own. */
    @Test
    void threadsDoNotMixTheirCalls() {
        IntStream.range(0, 40_000).parallel().forEach(n -> {
            int size = 1 + n % 7;
            Tensor x = K.tensor(Shape.of(size), new float[size]);
            K.copy(K.allocate(Shape.of(size)), x);
            assertEquals(size, K.toArray(x).length);
        });
    }
}
