package convlstm.golden;

import convlstm.data.Npz;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One configuration of the real Keras, as {@code golden.py} stored it. That program says what the arrays are.
 *
 * @param id its name, and that of its file
 * @param layer the Keras layer: {@code ConvLSTM2D}, {@code LSTM}, ...
 * @param options the arguments of the layer and of its call, as text
 * @param arrays inputs, weights, outputs and gradients, by name
 */
record Golden(String id, String layer, Map<String, String> options, Map<String, HostArray> arrays) {
    private static final Path FOLDER = folder();
    private static final List<Golden> ALL = load();

    /** The configurations of the given layers. */
    static List<Golden> of(String... layers) {
        return matching(g -> List.of(layers).contains(g.layer));
    }

    static List<Golden> matching(Predicate<Golden> condition) {
        return ALL.stream().filter(condition).toList();
    }

    /** The lines of a text file beside the arrays. */
    static List<String> lines(String file) {
        try {
            return Files.readAllLines(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    HostArray array(String name) {
        HostArray a = arrays.get(name);
        if (a == null) {
            throw new IllegalArgumentException("name: " + id + " has " + arrays.keySet() + ", not '" + name + "'");
        }
        return a;
    }

    boolean has(String name) {
        return arrays.containsKey(name);
    }

    /** w0, w1, ... in Keras' order. */
    List<HostArray> weights() {
        return IntStream.iterate(0, i -> arrays.containsKey("w" + i), i -> i + 1)
                .mapToObj(i -> array("w" + i))
                .toList();
    }

    boolean is(String option) {
        return flag(option, false);
    }

    boolean flag(String option, boolean otherwise) {
        return Boolean.parseBoolean(options.getOrDefault(option, String.valueOf(otherwise)));
    }

    int integer(String option) {
        return Integer.parseInt(text(option));
    }

    float number(String option, float otherwise) {
        return options.containsKey(option) ? Float.parseFloat(options.get(option)) : otherwise;
    }

    /** {@code (2, 3)} from {@code 2x3}. */
    int[] pair(String option, int... otherwise) {
        return options.containsKey(option)
                ? Stream.of(options.get(option).split("x")).mapToInt(Integer::parseInt).toArray()
                : otherwise;
    }

    String text(String option) {
        String value = options.get(option);
        if (value == null) {
            throw new IllegalArgumentException("option: " + id + " has " + options + ", not '" + option + "'");
        }
        return value;
    }

    @Override
    public String toString() {
        return id;
    }

    private static List<Golden> load() {
        return lines("index.csv").stream().skip(1).map(Golden::read).toList();
    }

    private static Golden read(String row) {
        String[] columns = row.split(",", -1);
        Map<String, String> options = Stream.of(columns[2].split(";"))
                .filter(option -> !option.isEmpty())
                .map(option -> option.split("=", 2))
                .collect(Collectors.toMap(o -> o[0], o -> o[1], (a, b) -> b, LinkedHashMap::new));
        try {
            return new Golden(columns[0], columns[1], options, Npz.read(FOLDER.resolve(columns[0] + ".npz")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Path.of(Golden.class.getResource("/golden/index.csv").toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
