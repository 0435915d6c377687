package convlstm.keras;

import convlstm.backend.ActivationFunction;
import convlstm.data.DataFormatException;
import convlstm.data.Dataset;
import convlstm.data.Safetensors;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dense;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.Reshape;
import convlstm.layer.TimeDistributed;
import convlstm.model.Model;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a PyTorch model, for layers of the kit.
 *
 * <pre>
 * save_file(model.state_dict(), "model.safetensors")                         # Python: from safetensors.torch
 * TorchWeights.read(Path.of("model.safetensors")).into(model, "cell_list.0", "cell_list.1", "head");
 * </pre>
 *
 * <p>What differs between the two, and is turned here:
 *
 * <table>
 * <caption>PyTorch's modules and the kit's layers</caption>
 * <tr><th>PyTorch</th><th>kit</th><th>what differs</th></tr>
 * <tr><td>{@code nn.LSTM}</td><td>{@link Lstm}</td><td>gates i f g o, as here, but rows and columns exchanged; two biases,
 *     which are added: an optimiser would move them both</td></tr>
 * <tr><td>{@code nn.Conv2d}</td><td>{@link Conv2d}</td><td>kernels {@code (out, in, kh, kw)}, here {@code (kh, kw, in,
 *     out)}</td></tr>
 * <tr><td>{@code nn.Linear}</td><td>{@link Dense}</td><td>rows and columns exchanged; behind a flatten, features come
 *     channel by channel, here pixel by pixel</td></tr>
 * <tr><td>{@code nn.BatchNorm2d}</td><td>{@link BatchNorm}</td><td>epsilon 1e-5, here 1e-3: {@code new BatchNorm(0.9,
 *     1e-5)}; {@code num_batches_tracked} is not needed</td></tr>
 * <tr><td>the ConvLSTM cell that most projects copy</td><td>{@link ConvLstm2d}, padding SAME</td><td>one convolution over x
 *     and h side by side, here two; gates i f o g, here i f g o</td></tr>
 * </table>
 *
 * <p>Images are channels first in PyTorch, {@code (N, C, H, W)}, and channels last here. Whatever has no place in the model
 * (a second direction, a projection, peepholes) is refused by name. The ConvLSTM cell is the one of
 * {@code ndrplz/ConvLSTM_pytorch}.
 *
 * @param file where they come from, for messages
 * @param tensors the arrays by their names in the state dict
 * @param batchNormEpsilon the {@code eps} of the model's BatchNorm modules, which no file says
 */
public record TorchWeights(String file, Map<String, HostArray> tensors, double batchNormEpsilon) {
    /**
     * Reads a state dict.
     *
     * @param path a {@code .safetensors} file
     * @throws DataFormatException if it is none, or damaged
     */
    public static TorchWeights read(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(2);
            if (start.length == 2 && (start[0] == 'P' && start[1] == 'K' || start[0] == (byte) 0x80)) {
                throw new DataFormatException(path.toString(), "a .safetensors file",
                        "a pickle, as torch.save writes it",
                        "a pickle may run anything, so the kit reads none; in Python: safetensors.torch.save_file("
                                + "model.state_dict(), \"model.safetensors\")");
            }
        }
        return new TorchWeights(path.toString(), Safetensors.read(path).tensors(), 1e-5);
    }

    /** Only the arrays whose names begin with the prefix, without it: {@code below("encoder.")}. */
    public TorchWeights below(String prefix) {
        Map<String, HostArray> some = new TreeMap<>();
        tensors.forEach((name, array) -> {
            if (name.startsWith(prefix)) {
                some.put(name.substring(prefix.length()), array);
            }
        });
        return new TorchWeights(file, some, batchNormEpsilon);
    }

    /** The same for a model whose BatchNorm modules have another {@code eps} than PyTorch's default, 1e-5. */
    public TorchWeights batchNormEpsilon(double eps) {
        return new TorchWeights(file, tensors, eps);
    }

    /**
     * Sets a model's weights. Everything is compared first: if anything does not fit, nothing is changed.
     *
     * @param modules the PyTorch module of each of the model's layers that has weights, in their order; the n-th layer of
     *     an {@code nn.LSTM} with several is {@code lstm_ln}: {@code "lstm_l0", "lstm_l1"}
     * @throws IllegalArgumentException if something does not fit, or has no place; the message names it
     */
    public void into(Model model, String... modules) {
        List<Layer> layers = model.layers();
        List<Integer> weighted = IntStream.range(0, layers.size()).filter(k -> !layers.get(k).parameters().isEmpty())
                .boxed().toList();
        if (weighted.size() != modules.length) {
            throw bad("modules", "a module for each layer with weights, "
                    + weighted.stream().map(k -> layers.get(k).kind()).toList(), List.of(modules),
                    "the file has " + tensors.keySet());
        }
        Map<String, HostArray> left = new TreeMap<>(tensors);
        Map<Parameter, HostArray> values = new LinkedHashMap<>();
        for (int m = 0; m < modules.length; m++) {
            int k = weighted.get(m);
            Layer layer = inner(layers.get(k));
            Map<String, HostArray> of = values(layer, modules[m], left, order(layers, k));
            for (Parameter p : layer.parameters()) {
                HostArray value = of.get(p.name());
                if (value == null || !value.shape().equals(p.value().shape())) {
                    throw bad(modules[m], p + " of " + "layer " + (k + 1) + ", " + layer.kind(),
                            value == null ? "none" : value.shape(), hint(p));
                }
                values.put(p, value);
            }
            if (of.size() != layer.parameters().size()) {
                throw bad(modules[m], layer.parameters() + " of " + "layer " + (k + 1) + ", " + layer.kind(),
                        of.keySet(),
                        "useBias, scale and center must be the same");
            }
        }
        if (!left.isEmpty()) {
            throw bad("modules", "a place for every array", "none for " + left.keySet(),
                    "the kit's layers have one direction, no projection and no normalised gates; below(\"encoder.\") takes"
                            + " a part of a file");
        }
        values.forEach((p, value) -> model.backend().write(p.value(), value.values()));
    }

    private static String hint(Parameter p) {
        return p.name().contains("bias") || p.name().equals("beta")
                ? "useBias (center of BatchNorm) must be as in PyTorch"
                : "compare units or filters, the kernel's size, and the layer before";
    }

    private static Layer inner(Layer layer) {
        return layer instanceof TimeDistributed each ? each.layer() : layer;
    }

    /** A layer's weights as the kit has them, by the kit's names; what it uses is no longer left. */
    private Map<String, HostArray> values(Layer layer, String module, Map<String, HostArray> left,
            int @Nullable [] order) {
        Map<String, HostArray> values = new HashMap<>();
        switch (layer) {
            case Lstm lstm -> {
                requireTanh(layer, module);
                String name = module.replaceFirst("_l\\d+$", "");
                String suffix = name.equals(module) ? "_l0" : module.substring(name.length());
                values.put("kernel", columns(transposed(take(left, name + ".weight_ih" + suffix, 2)), order));
                values.put("recurrent_kernel", transposed(take(left, name + ".weight_hh" + suffix, 2)));
                if (left.containsKey(name + ".bias_ih" + suffix)) {
                    values.put("bias", sum(take(left, name + ".bias_ih" + suffix, 1),
                            take(left, name + ".bias_hh" + suffix, 1)));
                }
            }
            case Conv2d conv -> {
                if (!conv.padsEvenly()) {
                    throw bad(module, "a Conv2D that pads all sides alike", "padding SAME with strides on "
                            + conv.inputShape(),
                            "PyTorch pads before and after, here more after; the outputs would differ: use padding"
                                    + " VALID here and 0 in PyTorch, or strides 1");
                }
                values.put("kernel", kernel(take(left, module + ".weight", 4), 0, -1));
                bias(left, module, values);
            }
            case Dense dense -> {
                values.put("kernel", columns(transposed(take(left, module + ".weight", 2)), order));
                bias(left, module, values);
            }
            case BatchNorm norm -> {
                if (Math.abs(norm.epsilon() - batchNormEpsilon) > 1e-3 * batchNormEpsilon) {
                    throw bad(module, "a BatchNorm of epsilon " + batchNormEpsilon, norm.epsilon(),
                            "new BatchNorm(0.9, 1e-5) has PyTorch's defaults; batchNormEpsilon(eps) says another");
                }
                Map.of("gamma", "weight", "beta", "bias", "moving_mean", "running_mean", "moving_variance",
                        "running_var")
                        .forEach((ours, theirs) -> {
                            if (left.containsKey(module + "." + theirs)) {
                                values.put(ours, columns(take(left, module + "." + theirs, 1), order));
                            }
                        });
                left.remove(module + ".num_batches_tracked");
            }
            case ConvLstm2d convLstm -> convLstm(convLstm, module, left, values);
            default -> throw bad(module, "a layer that PyTorch's weights fit", layer.kind(),
                    "LSTM, Conv2D, Dense, BatchNormalization and ConvLSTM2D");
        }
        return values;
    }

    private void bias(Map<String, HostArray> left, String module, Map<String, HostArray> values) {
        if (left.containsKey(module + ".bias")) {
            values.put("bias", take(left, module + ".bias", 1));
        }
    }

    /** The kernel over x and h side by side becomes two, and gates i f o g become i f g o. */
    private void convLstm(ConvLstm2d layer, String module, Map<String, HostArray> left, Map<String, HostArray> values) {
        requireTanh(layer, module);
        String conv = left.containsKey(module + ".conv.weight") ? module + ".conv" : module;
        HostArray both = take(left, conv + ".weight", 4);
        int F = both.dim(0) / 4;
        int C = both.dim(1) - F;
        Shape input = layer.inputShape();
        if (both.dim(0) % 4 != 0 || C < 0 || both.dim(2) % 2 == 0 || both.dim(3) % 2 == 0
                || !layer.stateShape().drop(2).equals(Shape.of(F)) || layer.stateShape().dim(0) != input.dim(1)
                || layer.stateShape().dim(1) != input.dim(2)) {
            throw bad(module,
                    "a cell (4 filters, channels + filters, kh, kw) with odd kernels, and a ConvLSTM2D of padding"
                            + " SAME and strides 1",
                    both.shape() + " for a state " + layer.stateShape(),
                    "padding(Padding.SAME); an even kernel is padded to the other side in PyTorch");
        }
        values.put("kernel", gates(kernel(both, 0, C), F));
        values.put("recurrent_kernel", gates(kernel(both, C, C + F), F));
        if (left.containsKey(conv + ".bias")) {
            values.put("bias", gates(take(left, conv + ".bias", 1), F));
        }
    }

    private void requireTanh(Layer layer, String module) {
        if (layer.end() != ActivationFunction.TANH) {
            throw bad(module, "activation tanh, as PyTorch's", String.valueOf(layer.end()),
                    "leave activation at its default");
        }
    }

    private HostArray take(Map<String, HostArray> left, String name, int rank) {
        HostArray array = left.remove(name);
        if (array == null || array.shape().rank() != rank) {
            throw bad("modules", "an array " + name + " of " + rank + " axes", array == null ? "none" : array.shape(),
                    "the file has " + tensors.keySet());
        }
        return array;
    }

    // ---- turning arrays

    private static HostArray transposed(HostArray a) {
        HostArray t = HostArray.zeros(a.dim(1), a.dim(0));
        for (int i = 0; i < a.dim(0); i++) {
            for (int j = 0; j < a.dim(1); j++) {
                t.values()[j * a.dim(0) + i] = a.get(i, j);
            }
        }
        return t;
    }

    /** {@code (out, in, kh, kw)} as {@code (kh, kw, in, out)}, of the inputs from {@code from} to {@code to} (-1: all). */
    private static HostArray kernel(HostArray w, int from, int to) {
        int in = (to < 0 ? w.dim(1) : to) - from;
        HostArray k = HostArray.zeros(w.dim(2), w.dim(3), in, w.dim(0));
        int at = 0;
        for (int y = 0; y < w.dim(2); y++) {
            for (int x = 0; x < w.dim(3); x++) {
                for (int c = 0; c < in; c++) {
                    for (int o = 0; o < w.dim(0); o++) {
                        k.values()[at++] = w.get(o, from + c, y, x);
                    }
                }
            }
        }
        return k;
    }

    /** Exchanges the last two quarters of the last axis. */
    private static HostArray gates(HostArray a, int F) {
        HostArray swapped = new HostArray(a.shape(), a.values().clone());
        for (int row = 0; row < a.size(); row += 4 * F) {
            System.arraycopy(a.values(), row + 2 * F, swapped.values(), row + 3 * F, F);
            System.arraycopy(a.values(), row + 3 * F, swapped.values(), row + 2 * F, F);
        }
        return swapped;
    }

    private static HostArray sum(HostArray a, HostArray b) {
        HostArray sum = new HostArray(a.shape(), a.values().clone());
        for (int k = 0; k < sum.size(); k++) {
            sum.values()[k] += b.values()[k];
        }
        return sum;
    }

    /** The rows of the first axis in the kit's order of features. */
    private HostArray columns(HostArray a, int @Nullable [] order) {
        if (order == null) {
            return a;
        }
        if (order.length != a.dim(0)) {
            throw bad("modules", order.length + " features behind the flatten", a.dim(0),
                    "compare the layers before it");
        }
        return Dataset.select(a, order);
    }

    /**
     * Where PyTorch has the features that layer k gets: channel by channel behind a flatten; null where they come as here.
     * A reshape that mixes channels and places in any other way could be read in two.
     */
    private int @Nullable [] order(List<Layer> layers, int k) {
        for (int at = k - 1; at >= 0; at--) {
            Layer layer = inner(layers.get(at));
            if (layer instanceof Reshape reshape) {
                Shape from = reshape.inputShape();
                Shape to = reshape.outputShape();
                boolean mixes = from.rank() > 2 && from.dim(-1) > 1 || to.rank() > 2 && to.dim(-1) > 1;
                if (mixes && !from.equals(to)) {
                    if (from.rank() != 3 || to.rank() != 1) {
                        throw bad("model", "a flatten of images (H, W, C)", from + " reshaped to " + to,
                                "PyTorch has channels before pixels, so that other numbers come together; flatten each"
                                        + " step with TimeDistributed(Flatten), or set the weights of the layer behind it"
                                        + " yourself");
                    }
                    int pixels = from.dim(0) * from.dim(1);
                    int C = from.dim(2);
                    return IntStream.range(0, from.size()).map(i -> i % C * pixels + i / C).toArray();
                }
            } else if (!layer.parameters().isEmpty() && !(layer instanceof BatchNorm)) {
                return null;
            }
        }
        return null;
    }

    private IllegalArgumentException bad(String argument, String expected, Object got, String hint) {
        return new IllegalArgumentException(
                argument + ": expected " + expected + " in " + file + ", got " + got + ". Hint: " + hint);
    }
}
