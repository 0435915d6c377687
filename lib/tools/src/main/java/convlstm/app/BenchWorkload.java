package convlstm.app;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Lstm;
import convlstm.layer.Parameter;
import convlstm.layer.TimeDistributed;
import convlstm.model.EncoderForecaster;
import convlstm.model.Loss;
import convlstm.model.Model;
import convlstm.model.Models;
import convlstm.model.Sequential;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A model, the shape of its data, and how often it sees them: what one row of the benchmark measures.
 *
 * @param name what the table calls it
 * @param kind what is built
 * @param sizes the numbers that belong to the kind, by the letters used in the kit: B, T, H, W, C, F, k, D, U
 * @param epochSteps the steps that count as the first epoch
 */
record BenchWorkload(String name, Kind kind, Map<String, Integer> sizes, int epochSteps) {
    /** What can be built; the peers know the same kinds by the same names. */
    enum Kind {
        /** One ConvLSTM2D layer and mean squared error. */
        CONVLSTM,
        /** One LSTM layer and mean squared error. */
        LSTM,
        /** The paper's encoder and forecaster of three layers, without peepholes, which the peers lack. */
        PAPER,
        /** The course's ConvLSTM2D model and cross-entropy from logits. */
        COURSE_CONVLSTM,
        /** The ConvLSTM2D layers of Keras' next-frame example, kernels k, 3 and 1, and cross-entropy from logits. */
        KERAS_EXAMPLE,
        /** The course's Conv2D, then LSTM, and cross-entropy from logits. */
        COURSE_CNNLSTM
    }

    /** The workloads of a whole run, in the order of the table. */
    static List<BenchWorkload> all() {
        return List.of(
                of("S1", "kind=convlstm,B=8,T=10,H=32,W=32,C=1,F=16,k=3", 32),
                of("S2", "kind=convlstm,B=8,T=10,H=32,W=32,C=1,F=32,k=3", 32),
                of("P1", "kind=convlstm,B=8,T=10,H=16,W=16,C=16,F=64,k=5", 16),
                of("P2", "kind=paper,B=4,T=10,H=16,W=16,C=16,F1=128,F2=64,F3=64,k=5", 5),
                of("L1", "kind=lstm,B=32,T=20,D=512,U=512", 32),
                of("L2", "kind=lstm,B=8,T=10,D=1024,U=256", 64),
                of("C1a", "kind=course-convlstm,B=4,T=9,H=20,W=20,C=1,F=16,k=3,layers=1", 250),
                of("C1b", "kind=course-cnnlstm,B=4,T=9,H=20,W=20,C=1,F=2,U=8", 250));
    }

    /** Reads what {@link #spec} wrote. */
    static BenchWorkload of(String name, String spec, int epochSteps) {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        String kind = "";
        for (String pair : spec.split(",")) {
            String[] keyAndValue = pair.split("=");
            if (keyAndValue.length != 2) {
                throw new IllegalArgumentException(
                        "spec: expected pairs such as B=8 with commas between, got '" + pair + "' in " + spec);
            }
            if (keyAndValue[0].equals("kind")) {
                kind = keyAndValue[1];
            } else {
                sizes.put(keyAndValue[0], Integer.valueOf(keyAndValue[1]));
            }
        }
        String wanted = kind;
        Kind found = Arrays.stream(Kind.values()).filter(k -> word(k).equals(wanted)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("spec: expected kind to be one of "
                        + Arrays.stream(Kind.values()).map(BenchWorkload::word).toList() + ", got '" + wanted + "'"));
        return new BenchWorkload(name, found, sizes, epochSteps);
    }

    private static String word(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The workload as one word that both sides read: {@code kind=lstm,B=8,T=10,...}. */
    String spec() {
        return "kind=" + word(kind) + ","
                + sizes.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(","));
    }

    /** What people read: {@code ConvLSTM2D B8 T10 32x32 1->16 k3}. */
    String what() {
        String batch = "B" + size("B") + " T" + size("T");
        return switch (kind) {
            case CONVLSTM -> "ConvLSTM2D " + batch + image() + " " + size("C") + "->" + size("F") + " k" + size("k");
            case LSTM -> "LSTM " + batch + " " + size("D") + "->" + size("U");
            case PAPER -> "encoder-forecaster " + batch + image() + ", " + layers().map(String::valueOf)
                    .collect(Collectors.joining("-")) + " k" + size("k");
            case COURSE_CONVLSTM -> "the course's ConvLSTM2D " + batch + image() + ", " + size("layers") + " x "
                    + size("F") + " filters";
            case KERAS_EXAMPLE -> "Keras' next-frame example " + batch + image() + ", 3 x " + size("F") + " filters k"
                    + size("k") + "-3-1";
            case COURSE_CNNLSTM -> "the course's Conv2D, LSTM " + batch + image() + ", " + size("F") + " filters, "
                    + size("U") + " units";
        };
    }

    private String image() {
        return " " + size("H") + "x" + size("W");
    }

    /** The same with one size changed. */
    BenchWorkload with(String letter, int value) {
        Map<String, Integer> changed = new LinkedHashMap<>(sizes);
        changed.put(letter, value);
        return new BenchWorkload(name, kind, changed, epochSteps);
    }

    int size(String letter) {
        Integer size = sizes.get(letter);
        if (size == null) {
            throw new IllegalArgumentException(name + ": has the sizes " + sizes + ", not " + letter);
        }
        return size;
    }

    /** The input of one sample. */
    Shape inputShape() {
        return switch (kind) {
            case LSTM -> Shape.of(size("T"), size("D"));
            default -> Shape.of(size("T"), size("H"), size("W"), size("C"));
        };
    }

    /** The model, with weights that the seed decides. */
    Model build(Backend K, long seed) {
        return switch (kind) {
            case CONVLSTM ->
                new Sequential(K, inputShape(), seed, convLstm(size("F"), size("k")).returnSequences(true));
            case LSTM -> new Sequential(K, inputShape(), seed, new Lstm(size("U")).returnSequences(true));
            case PAPER -> new EncoderForecaster(K, inputShape(), size("T"), seed, EncoderForecaster.Readout.ALL_LAYERS,
                    layers().<Supplier<ConvLstm2d>>map(F -> () -> convLstm(F, size("k"))).toList());
            case COURSE_CONVLSTM -> Models.convLstm(K, inputShape(), size("layers"), size("F"), size("k"), seed);
            case KERAS_EXAMPLE -> new Sequential(K, inputShape(), seed,
                    convLstm(size("F"), size("k")).returnSequences(true),
                    convLstm(size("F"), 3).returnSequences(true),
                    convLstm(size("F"), 1).returnSequences(true),
                    new TimeDistributed(new Conv2d(size("C"), 1)));
            case COURSE_CNNLSTM -> Models.cnnLstm(K, inputShape(), size("F"), size("U"), seed);
        };
    }

    private static ConvLstm2d convLstm(int filters, int kernelSize) {
        return new ConvLstm2d(filters, kernelSize).padding(Padding.SAME);
    }

    /** The channels of the encoder's layers. */
    private Stream<Integer> layers() {
        return Stream.of(size("F1"), size("F2"), size("F3"));
    }

    /** What training makes small. */
    Loss loss() {
        return switch (kind) {
            case CONVLSTM, LSTM -> Loss.meanSquaredError();
            case PAPER, COURSE_CONVLSTM, KERAS_EXAMPLE, COURSE_CNNLSTM -> Loss.binaryCrossEntropy();
        };
    }

    /**
     * Floating-point operations of one training step, two for each multiplication with its addition: products and
     * convolutions forward, for the gradients of all weights, and for the gradients of all inputs but the first layer's,
     * which nobody needs. That is three times the forward pass less the first input transform. Element-wise work, the
     * loss and Adam are not counted, and a convolution counts as the plain sum it is, however it is computed.
     */
    double flops(Model model) {
        return 2.0 * size("B") * (3 * model.multiplyAdds() - firstTransform());
    }

    private long firstTransform() {
        long T = size("T");
        return switch (kind) {
            case CONVLSTM, COURSE_CONVLSTM, KERAS_EXAMPLE -> T * firstConvolution(size("F"));
            case PAPER -> T * firstConvolution(size("F1"));
            case LSTM -> T * size("D") * 4 * size("U");
            case COURSE_CNNLSTM -> T * size("H") * size("W") * 9 * size("C") * size("F");
        };
    }

    private long firstConvolution(int filters) {
        return (long) size("H") * size("W") * size("k") * size("k") * size("C") * 4 * filters;
    }

    /**
     * What every contestant starts from: the weights {@code w0, w1, ...} in the layers' order, an input {@code x} and a
     * target {@code y}, sample first.
     */
    Map<String, HostArray> start(Model model, Backend K) {
        Random random = new Random(1);
        Map<String, HostArray> arrays = new LinkedHashMap<>();
        arrays.put("x", uniform(model.inputShape().prepend(size("B")), random));
        arrays.put("y", uniform(model.outputShape().prepend(size("B")), random));
        for (Parameter p : model.parameters()) {
            arrays.put("w" + (arrays.size() - 2), new HostArray(p.value().shape(), K.toArray(p.value())));
        }
        return arrays;
    }

    private static HostArray uniform(Shape shape, Random random) {
        float[] values = new float[shape.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = random.nextFloat();
        }
        return new HostArray(shape, values);
    }
}
