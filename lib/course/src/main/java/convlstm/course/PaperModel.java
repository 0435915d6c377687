package convlstm.course;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.data.Dataset;
import convlstm.data.Patches;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Lstm;
import convlstm.layer.Recurrent;
import convlstm.layer.Recurrent.Peephole;
import convlstm.model.EncoderForecaster;
import convlstm.model.Metrics;
import convlstm.tensor.HostArray;
import convlstm.tensor.Init;
import convlstm.tensor.Shape;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A model of the paper's Table 1 (Shi et al. 2015, section 4.1, Moving MNIST), and what the paper reports of it.
 *
 * <p>All are {@link EncoderForecaster}s with peepholes per channel, which the paper's parameter counts imply; their forecasters
 * are reversed, which the counts cannot tell. The paper does not say how weights start; here all kernels start from Glorot's distribution.
 *
 * @param name the paper's name for it
 * @param kernel the size of the input kernel; 0 for FC-LSTM, which has none
 * @param recurrentKernel the size of the recurrent kernel; 0 for FC-LSTM
 * @param channels the channels of each encoder layer's state; for FC-LSTM its units
 * @param parameters the paper's number of parameters
 * @param crossEntropy the paper's test loss: cross-entropy per sequence of ten forecast frames, in nats
 */
public record PaperModel(
        String name, int kernel, int recurrentKernel, List<Integer> channels, long parameters, double crossEntropy) {
    /**
     * How large an experiment is.
     *
     * @param pixels the height and width of a frame
     * @param patch the height and width of the patches that become channels
     * @param seen the frames the model sees
     * @param forecast the frames it forecasts
     * @param divisor what the paper's channels and units are divided by
     */
    public record Scale(int pixels, int patch, int seen, int forecast, int divisor) {
        /** The paper's: 64x64 in patches of 4, ten frames seen, ten forecast. */
        public static Scale paper() {
            return new Scale(64, 4, 10, 10, 1);
        }

        private Shape frame() {
            return Shape.of(pixels / patch, pixels / patch, patch * patch);
        }
    }

    /** Table 1, in the paper's order, which is not the order of its losses. */
    public static List<PaperModel> table1() {
        return List.of(
                new PaperModel("FC-LSTM-2048-2048", 0, 0, List.of(2048, 2048), 142_667_776, 4832.49),
                new PaperModel("ConvLSTM(5x5)-5x5-256", 5, 5, List.of(256), 13_524_496, 3887.94),
                new PaperModel("ConvLSTM(5x5)-5x5-128-5x5-128", 5, 5, List.of(128, 128), 10_042_896, 3733.56),
                new PaperModel("ConvLSTM(5x5)-5x5-128-5x5-64-5x5-64", 5, 5, List.of(128, 64, 64), 7_585_296, 3670.85),
                new PaperModel("ConvLSTM(9x9)-1x1-128-1x1-128", 9, 1, List.of(128, 128), 11_550_224, 4782.84),
                new PaperModel("ConvLSTM(9x9)-1x1-128-1x1-64-1x1-64", 9, 1, List.of(128, 64, 64), 8_830_480, 4231.50));
    }

    /** The model at the given scale, with weights that the seed decides. */
    public EncoderForecaster build(Backend K, Scale scale, long seed) {
        return build(K, scale, seed, Peephole.PER_CHANNEL);
    }

    /** The same with other peepholes than the paper's counts imply. */
    public EncoderForecaster build(Backend K, Scale scale, long seed, Peephole peephole) {
        Shape frame = scale.frame();
        boolean dense = kernel == 0;
        IntFunction<Recurrent<?>> layer = F -> dense ? lstm(F, peephole) : convLstm(F, peephole);
        List<Supplier<Recurrent<?>>> layers = channels(scale).stream()
                .<Supplier<Recurrent<?>>>map(F -> () -> layer.apply(F))
                .toList();
        return new EncoderForecaster(K, (dense ? Shape.of(frame.size()) : frame).prepend(scale.seen()),
                scale.forecast(), seed,
                dense ? EncoderForecaster.Readout.LAST_LAYER : EncoderForecaster.Readout.ALL_LAYERS, layers);
    }

    /** The channels of each encoder layer at a scale: the paper's, divided, and at least one. */
    public List<Integer> channels(Scale scale) {
        return channels.stream().map(F -> Math.max(1, F / scale.divisor())).toList();
    }

    private Lstm lstm(int units, Peephole peephole) {
        return new Lstm(units).peephole(peephole).recurrentInitializer(Init.glorotUniform());
    }

    private ConvLstm2d convLstm(int filters, Peephole peephole) {
        return new ConvLstm2d(filters, kernel)
                .recurrentKernelSize(recurrentKernel, recurrentKernel)
                .padding(Padding.SAME)
                .peephole(peephole)
                .recurrentInitializer(Init.glorotUniform());
    }

    /**
     * Sequences as this model takes them: in patches, flattened for FC-LSTM, the first frames to see and the next to
     * forecast.
     *
     * @param sequences {@code (N, T, H, W, 1)} in [0, 1]
     */
    public Dataset data(HostArray sequences, Scale scale) {
        HostArray patches = Patches.split(sequences, scale.patch());
        if (kernel == 0) {
            patches = patches.reshape(patches.dim(0), patches.dim(1), scale.frame().size());
        }
        return Dataset.forecast(patches, scale.seen(), scale.forecast());
    }

    /**
     * Forecast frames to look at, from the model's output.
     *
     * @param logits {@code (N, T', ...)} as the model puts them out
     * @return pixels {@code (N, T', H, W, 1)} in (0, 1)
     */
    public HostArray frames(HostArray logits, Scale scale) {
        Shape steps = scale.frame().prepend(logits.dim(1)).prepend(logits.dim(0));
        return Patches.merge(Metrics.probabilities(logits).reshape(steps), scale.patch());
    }
}
