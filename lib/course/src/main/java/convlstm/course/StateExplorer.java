package convlstm.course;

import convlstm.backend.ActivationFunction;
import convlstm.backend.Backend;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.data.MovingDot;
import convlstm.layer.Hybrid;
import convlstm.layer.Recurrent;
import convlstm.layer.Transform;
import convlstm.notebook.Frames;
import convlstm.notebook.Html;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A page to click through one state: four layers that differ in the operator on the state alone, step by step, with their
 * gates, their weights, and what each pixel depends on. It has all numbers inside and needs no network.
 *
 * <p>The layers are {@link Hybrid}s with one filter on 9x9 pixels, untrained, with the same weights on the input. What a
 * pixel of h_t depends on is its row of ∂h_t / ∂h_s, for every step s before.
 */
public final class StateExplorer {
    static final int SIZE = 9;
    static final int PIXELS = SIZE * SIZE;
    static final int STEPS = 5;
    /** How many frames show the dot; the others are black. */
    static final int SEEN = 3;
    /** What one unit of a stored value is; values are stored in 16 bits. */
    static final double UNIT = 1 / 8192.0;
    /** How many codes a power of ten has where numbers are stored in 8 bits. */
    static final double CODES = 16;

    private static final Transform INPUT = new Transform.Convolution(Window.same(3, 3));
    private static final long SEED = 4;
    private static final String ALT = "Four rows of five pictures of 9x9 pixels: how the middle pixel of h at step 5"
            + " depends on the pixels of h one to five steps before, on a logarithmic scale; violet is exactly 0. 1x1:"
            + " always the one pixel. 3x3: a square that grows from 3x3 over 5x5 and 7x7 to 9x9. 5x5: 5x5, then 9x9."
            + " K.dot: all 81 pixels from the first step on.";

    /**
     * An operator on the state.
     *
     * @param name as the page shows it
     * @param radius how far it reaches to each side, in pixels; {@link #SIZE} for everywhere
     */
    record Operator(String name, Transform transform, int radius) {
        private static Operator convolution(int k) {
            return new Operator(k + "x" + k, new Transform.Convolution(Window.same(k, k)), (k - 1) / 2);
        }
    }

    static final List<Operator> OPERATORS = List.of(Operator.convolution(1), Operator.convolution(3),
            Operator.convolution(5), new Operator("K.dot", new Transform.FlatDot(), SIZE));

    private StateExplorer() {}

    /** The page as an HTML file of its own. */
    public static String page(Backend K) {
        return page(K, "<p>Without them, here is what it shows for the middle pixel:</p>" + picture(K));
    }

    /** The page inside a notebook's output. Where frames are not allowed, as on GitHub, there is a picture in its place. */
    public static String cell(Backend K) {
        return "<div style=\"display:grid\"><div style=\"grid-area:1/1\">" + picture(K)
                + "</div><iframe title=\"One state, in your hands\" style=\"grid-area:1/1;z-index:1;width:100%;height:85vh;"
                + "border:0;background:Canvas\" srcdoc=\"" + Html.escape(page(K, "")) + "\"></iframe></div>";
    }

    private static String page(Backend K, String withoutScripts) {
        String numbers = OPERATORS.stream().map(operator -> json(K, operator)).collect(Collectors.joining(",\n"));
        String all = "{\"size\": %d, \"dots\": %s, \"unit\": %s, \"codes\": %s, \"operators\": [\n%s]}".formatted(SIZE,
                dots(K), UNIT, CODES, numbers);
        try (InputStream in = StateExplorer.class.getResourceAsStream("one-state.html")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("{{picture}}", withoutScripts)
                    .replace("{{numbers}}", all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is to be seen of the page where scripts do not run. */
    private static String picture(Backend K) {
        Frames strip = Frames.strip().logarithmic(1, 8).scale("size of the derivative").columns("steps back", 1, 2, 3,
                4, 5);
        for (Operator operator : OPERATORS) {
            HostArray rows = HostArray.zeros(STEPS, SIZE, SIZE);
            Hybrid layer = layer(K, operator);
            for (int back = 1; back <= STEPS; back++) {
                System.arraycopy(jacobian(K, layer, STEPS, back), PIXELS / 2 * PIXELS, rows.values(),
                        (back - 1) * PIXELS, PIXELS);
            }
            strip.row(operator.name, rows);
        }
        return strip.html(ALT);
    }

    /** A layer with the given operator on the state. The seed gives all the same weights on the input. */
    static Hybrid layer(Backend K, Operator operator) {
        return new Hybrid(1, INPUT, operator.transform).build(K, Shape.of(STEPS, SIZE, SIZE, 1), SEED);
    }

    /** The input {@code (T, 1, H, W, 1)}: a dot that goes to the right and down, then the dark. */
    static Tensor input(Backend K) {
        float[] frames = MovingDot.sequence(STEPS, SIZE, 2, 2, 1, 1).values();
        Arrays.fill(frames, SEEN * PIXELS, STEPS * PIXELS, 0);
        return K.tensor(Shape.of(STEPS, 1, SIZE, SIZE, 1), frames);
    }

    /**
     * All steps of a layer, by the equations of {@link Recurrent}: {@code (T, 6, H·W)}, in the order i, f, g, o, c, h.
     */
    static HostArray steps(Backend K, Hybrid layer, Operator operator) {
        Tensor x = input(K);
        Tensor h = K.allocate(Shape.of(STEPS + 1, 1, SIZE, SIZE, 1));
        Tensor c = K.allocate(h.shape());
        Tensor z = K.allocate(Shape.of(1, SIZE, SIZE, 4));
        HostArray all = HostArray.zeros(STEPS, 6, PIXELS);
        for (int t = 0; t < STEPS; t++) {
            INPUT.apply(K, z, x.at(t), layer.parameter("kernel").value(), layer.parameter("bias").value(), Write.SET);
            operator.transform.apply(K, z, h.at(t), layer.parameter("recurrent_kernel").value(), null, Write.ADD);
            K.lstmGates(h.at(t + 1), c.at(t + 1), z, c.at(t), null, ActivationFunction.TANH,
                    ActivationFunction.SIGMOID);
            float[] gates = K.toArray(z);
            for (int k = 0; k < gates.length; k++) {
                all.set(gates[k], t, k % 4, k / 4);
            }
            System.arraycopy(K.toArray(c.at(t + 1)), 0, all.values(), (6 * t + 4) * PIXELS, PIXELS);
            System.arraycopy(K.toArray(h.at(t + 1)), 0, all.values(), (6 * t + 5) * PIXELS, PIXELS);
        }
        return all;
    }

    /**
     * ∂h_t / ∂h_s with s = t - back, {@code (H·W, H·W)}, h_s reaching h_t over every step between, the path over c
     * included. The batch has the same sample once for every pixel, and each sample's gradient starts at another one.
     *
     * @param t the step, counted from 1; step 0 is the state before the first, zeros
     */
    static float[] jacobian(Backend K, Hybrid layer, int t, int back) {
        int from = t - back;
        Shape state = Shape.of(1, SIZE, SIZE, 1);
        Recurrent.State start = new Recurrent.State(K.allocate(state), K.allocate(state));
        if (from > 0) {
            layer.forward(input(K).range(0, from), start, false);
            start = new Recurrent.State(layer.finalH(), layer.finalC());
        }
        start = new Recurrent.State(repeated(K, start.h()), repeated(K, start.c()));
        Tensor x = K.allocate(Shape.of(back, PIXELS, SIZE, SIZE, 1));
        for (int k = 0; k < back; k++) {
            K.copy(x.at(k), input(K).at(from + k).at(0));
        }
        layer.forward(x, start, false);
        float[] ones = new float[PIXELS * PIXELS];
        for (int p = 0; p < PIXELS; p++) {
            ones[p * PIXELS + p] = 1;
        }
        layer.backward(K.tensor(Shape.of(PIXELS, SIZE, SIZE, 1), ones));
        return K.toArray(layer.initialStateGradient().h());
    }

    private static Tensor repeated(Backend K, Tensor image) {
        Tensor often = K.allocate(Shape.of(PIXELS, SIZE, SIZE, 1));
        K.copy(often, image.at(0));
        return often;
    }

    // ---- numbers as the page reads them

    /** The pixel that is bright in each frame, -1 where none is. */
    private static List<Integer> dots(Backend K) {
        HostArray frames = new HostArray(Shape.of(STEPS, PIXELS), K.toArray(input(K)));
        return IntStream.range(0, STEPS).mapToObj(
                t -> IntStream.range(0, PIXELS).filter(p -> frames.get(t, p) == 1).findFirst().orElse(-1)).toList();
    }

    private static String json(Backend K, Operator operator) {
        Hybrid layer = layer(K, operator);
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        for (float value : steps(K, layer, operator).values()) {
            int units = (int) Math.clamp(Math.rint(value / UNIT), Short.MIN_VALUE, Short.MAX_VALUE);
            int stored = units == 0 ? (int) Math.signum(value) : units; // 0 stands for what is exactly 0
            values.write(stored);
            values.write(stored >> 8);
        }
        ByteArrayOutputStream weights = new ByteArrayOutputStream();
        for (float weight : K.toArray(layer.parameter("recurrent_kernel").value())) {
            weights.write(code(weight));
        }
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        for (int t = 1; t <= STEPS; t++) {
            for (int back = 1; back <= t; back++) {
                writeCones(rows, jacobian(K, layer, t, back), Math.min(SIZE, back * operator.radius), operator);
            }
        }
        return "{\"name\": \"%s\", \"radius\": %d, \"values\": \"%s\", \"weights\": \"%s\", \"jacobian\": \"%s\"}"
                .formatted(operator.name, operator.radius, base64(values), base64(weights), base64(rows));
    }

    /** The rows of a Jacobian, each cut to the pixels that its own can depend on; the others must be exactly 0. */
    private static void writeCones(ByteArrayOutputStream out, float[] jacobian, int radius, Operator operator) {
        for (int k = 0; k < jacobian.length; k++) {
            int p = k / PIXELS;
            int q = k % PIXELS;
            if (Math.abs(p / SIZE - q / SIZE) <= radius && Math.abs(p % SIZE - q % SIZE) <= radius) {
                out.write(code(jacobian[k]));
            } else if (jacobian[k] != 0) {
                throw new IllegalStateException(
                        operator.name + ": expected pixel " + p + " to depend on nothing farther than "
                                + radius + " pixels, but it depends on pixel " + q);
            }
        }
    }

    /** 0 for 0, else the logarithm of the size in bits 0 to 6, 127 for 1 and more, and the sign in bit 7. */
    static int code(float value) {
        if (value == 0) {
            return 0;
        }
        int size = (int) Math.clamp(Math.rint(127 + CODES * Math.log10(Math.abs(value))), 1, 127);
        return value < 0 ? size | 128 : size;
    }

    private static String base64(ByteArrayOutputStream bytes) {
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
