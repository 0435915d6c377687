package convlstm.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What {@link Compare} is told on its command line: whole numbers, as {@code name=value}. */
final class CompareOptions {
    private final Map<String, Integer> values = new LinkedHashMap<>();

    /** A training of about a minute. */
    private CompareOptions() {
        values.put("sequences", 1000); // to train on
        values.put("epochs", 9); // how often each is seen
        values.put("batch", 1); // sequences in a mini-batch
        values.put("size", 20); // height and width of a frame in pixels
        values.put("digits", 1); // how many move in a sequence
        values.put("seen", 5); // frames that the models see
        values.put("forecast", 5); // frames for which they have to go on
        values.put("layers", 2); // of ConvLSTM2D
        values.put("filters", 16); // channels of each one's state
        values.put("units", 256); // of the larger CNN-LSTM
        values.put("seed", 1); // decides data, weights and order
    }

    /**
     * Reads the command line.
     *
     * @throws LabException if an argument is unknown or no whole number from 1; it lists what there is
     */
    static CompareOptions parse(String... args) {
        CompareOptions options = new CompareOptions();
        for (String arg : args) {
            String[] parts = arg.split("=", 2);
            if (parts.length != 2 || !options.values.containsKey(parts[0])) {
                throw options.wrong(arg);
            }
            try {
                options.values.put(parts[0], Integer.parseInt(parts[1]));
            } catch (NumberFormatException e) {
                throw options.wrong(arg);
            }
            if (options.get(parts[0]) < 1) {
                throw options.wrong(arg);
            }
        }
        return options;
    }

    int get(String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    private LabException wrong(String arg) {
        return new LabException(
                "arguments: expected name=number with a whole number from 1, for example epochs=1, got '"
                        + arg + "'. Hint: there are " + new CompareOptions());
    }

    /** All of them, as they would be typed. */
    @Override
    public String toString() {
        return values.entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining(" "));
    }
}
