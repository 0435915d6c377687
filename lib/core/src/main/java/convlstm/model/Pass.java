package convlstm.model;

import convlstm.layer.Layer;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a model calls its layers: it knows which one is running, for error messages, and can show each one's output. */
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
        return forward(layer, () -> layer.forward(x, training));
    }

    /** A call with more than an input. */
    Tensor forward(Layer layer, Supplier<Tensor> call) {
        atWork = layer;
        Tensor y = call.get();
        watcher.accept(layer, y);
        return y;
    }

    @Nullable
    Tensor backward(Layer layer, Tensor dy) {
        return backward(layer, () -> layer.backward(dy));
    }

    /** A call with more than the gradient of an output. */
    @Nullable
    Tensor backward(Layer layer, Supplier<@Nullable Tensor> call) {
        atWork = layer;
        return call.get();
    }

    /** The layer called last, among those of a model: {@code layer 2, Conv2D}. */
    String atWork(List<Layer> layers) {
        return atWork == null ? "no layer" : name(layers, atWork);
    }

    static String name(List<Layer> layers, Layer layer) {
        return "layer " + (layers.indexOf(layer) + 1) + ", " + layer.kind();
    }
}
