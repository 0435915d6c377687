package convlstm.model;

import convlstm.layer.Layer;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** How a model calls its layers: it remembers which one is at work, and lets someone look at what each puts out. */
public final class Pass {
    private static final BiConsumer<Layer, Tensor> NOBODY = (layer, y) -> {};

    private BiConsumer<Layer, Tensor> watcher = NOBODY;
    private @Nullable Layer atWork;

    /** Shows {@code watcher} each layer's output while {@code passes} runs; it must copy what it wants to keep. */
    public void watch(BiConsumer<Layer, Tensor> watcher, Runnable passes) {
        this.watcher = watcher;
        try {
            passes.run();
        } finally {
            this.watcher = NOBODY;
        }
    }

    Tensor forward(Layer layer, Tensor x, boolean training) {
        atWork = layer;
        Tensor y = layer.forward(x, training);
        watcher.accept(layer, y);
        return y;
    }

    @Nullable
    Tensor backward(Layer layer, Tensor dy) {
        atWork = layer;
        return layer.backward(dy);
    }

    /** The layer called last, among those of a model: {@code layer 2, Conv2D}. */
    String atWork(List<Layer> layers) {
        return atWork == null ? "no layer" : name(layers, atWork);
    }

    static String name(List<Layer> layers, Layer layer) {
        return "layer " + (layers.indexOf(layer) + 1) + ", " + layer.kind();
    }
}
