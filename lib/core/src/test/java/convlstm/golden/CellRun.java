package convlstm.golden;

import convlstm.backend.Backend;
import convlstm.layer.Cell;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.ConvLstm2dCell;
import convlstm.layer.Layer;
import convlstm.layer.Lstm;
import convlstm.layer.LstmCell;
import convlstm.tensor.HostArray;
import convlstm.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The golden configurations without extras, computed by the cells that are written gate by gate. */
final class CellRun {
    private static final Set<String> PLAIN = Set.of(
            "units", "filters", "kernel_size", "padding", "strides", "dilation_rate", "return_sequences");

    private CellRun() {}

    /** The configurations that the cells can take: every step's output is wanted, and nothing is unusual. */
    static List<Golden> plain() {
        return Golden.matching(g -> List.of("LSTM", "ConvLSTM2D").contains(g.layer())
                && PLAIN.containsAll(g.options().keySet())
                && g.is("return_sequences"));
    }

    /** Outputs and gradients, under the names of the golden arrays. */
    static Map<String, HostArray> of(Backend K, Golden golden) {
        Layer layer = KerasLayers.make(golden);
        layer.build(K, golden.array("x").shape().drop(1), 1);
        List<HostArray> weights = golden.weights();
        for (int i = 0; i < weights.size(); i++) {
            K.write(layer.parameters().get(i).value(), weights.get(i).values());
        }
        Cell cell = layer instanceof Lstm lstm ? new LstmCell(K, lstm) : new ConvLstm2dCell(K, (ConvLstm2d) layer);
        Tensor x = Runs.swapped(K, Runs.tensor(K, golden.array("x")));
        Tensor dy = Runs.swapped(K, Runs.tensor(K, golden.array("dy")));
        List<Cell.Step> steps = cell.forward(x);
        Map<String, HostArray> results = new LinkedHashMap<>();
        results.put("y", joined(K, steps.stream().map(Cell.Step::h).toList()));
        results.put("dx", joined(K, cell.backward(steps, dy)));
        results.put("dw0", Runs.get(K, cell.gradient("kernel")));
        results.put("dw1", Runs.get(K, cell.gradient("recurrent_kernel")));
        results.put("dw2", Runs.get(K, cell.gradient("bias")));
        return results;
    }

    /** Steps (B, ...) as one batch-major array (B, T, ...). */
    private static HostArray joined(Backend K, List<Tensor> steps) {
        Tensor sequence = K.allocate(steps.getFirst().shape().prepend(steps.size()));
        for (int t = 0; t < steps.size(); t++) {
            K.copy(sequence.at(t), steps.get(t));
        }
        return Runs.get(K, Runs.swapped(K, sequence));
    }
}
