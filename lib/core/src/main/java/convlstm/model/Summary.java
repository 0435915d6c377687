package convlstm.model;

import convlstm.layer.Layer;
import convlstm.layer.Parameter;
import convlstm.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a model costs, layer by layer: weights, arithmetic and memory. It shows whether a comparison is fair.
 *
 * @param rows one for each layer
 */
public record Summary(List<Row> rows) {
    /**
     * One layer's cost.
     *
     * @param layer its kind
     * @param output the shape of one output sample
     * @param parameters the number of trained weights
     * @param flops floating-point operations of one forward pass of one sample, two for each multiplication with its
     *     addition; element-wise work is not counted
     * @param activationBytes what one sample's training pass keeps of this layer: outputs, states, gates and gradients
     */
    public record Row(String layer, Shape output, long parameters, long flops, long activationBytes) {}

    /** The costs of a model. */
    public static Summary of(Model model) {
        List<Row> rows = new ArrayList<>();
        for (Layer layer : model.layers()) {
            rows.add(new Row(layer.kind(), layer.outputShape(), weights(layer), 2 * layer.multiplyAdds(),
                    layer.activationElements() * Float.BYTES));
        }
        return new Summary(List.copyOf(rows));
    }

    private static long weights(Layer layer) {
        return layer.parameters().stream().filter(Parameter::trainable).mapToLong(p -> p.value().size()).sum();
    }

    /** All trained weights. */
    public long parameters() {
        return rows.stream().mapToLong(Row::parameters).sum();
    }

    /** All operations of one forward pass of one sample. */
    public long flops() {
        return rows.stream().mapToLong(Row::flops).sum();
    }

    /** All memory one sample's training pass keeps. */
    public long activationBytes() {
        return rows.stream().mapToLong(Row::activationBytes).sum();
    }

    /** A table for a terminal or a notebook. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        s.append(line("layer", "output of one sample", "parameters", "MFLOP/sample", "MB/sample"));
        for (Row r : rows) {
            s.append(line(r.layer(), r.output().toString(), count(r.parameters()), millions(r.flops()),
                    millions(r.activationBytes())));
        }
        s.append(line("total", "", count(parameters()), millions(flops()), millions(activationBytes())));
        return s.toString();
    }

    private static String line(String layer, String shape, String parameters, String flops, String bytes) {
        return String.format(Locale.ROOT, "%-36s %-20s %13s %13s %10s%n", layer, shape, parameters, flops, bytes);
    }

    private static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    private static String millions(long n) {
        return String.format(Locale.ROOT, "%,.2f", n / 1e6);
    }
}
