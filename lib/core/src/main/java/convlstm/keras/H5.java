package convlstm.keras;

import convlstm.data.DataFormatException;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.object.message.DataLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An HDF5 file from anywhere: groups and float arrays, read with care. All arrays together take no more memory than the
 * file has bytes; links, which might lead into other files, are refused; whatever is damaged ends in a {@link
 * DataFormatException}.
 */
final class H5 implements AutoCloseable {
    /** Reads from an open file. */
    @FunctionalInterface
    interface Reader<T> {
        T read(H5 h5) throws IOException;
    }

    private static final int MAX_CHILDREN = 10_000;

    private final String file;
    private final HdfFile hdf;
    private long bytesLeft;

    private H5(String file, HdfFile hdf, long length) {
        this.file = file;
        this.hdf = hdf;
        this.bytesLeft = length;
    }

    /**
     * Opens, reads, closes, and makes every failure inside an {@link IOException}. The file is in memory already,
     * because there a length that is not true ends in an exception, before anything is allocated.
     */
    static <T> T read(String file, byte[] bytes, Reader<T> reader) throws IOException {
        try (H5 h5 = new H5(file, HdfFile.fromBytes(bytes), bytes.length)) {
            return reader.read(h5);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) { // from damaged offsets
            throw new DataFormatException(file, "an intact HDF5 file",
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "the file is damaged or only part of it arrived; save it again with model.save_weights", e);
        }
    }

    @Override
    public void close() {
        hdf.close();
    }

    Group root() {
        return hdf;
    }

    /** The names in a group, in the file's order: alphabetical, as h5py writes it. */
    Set<String> names(Group group) throws IOException {
        Set<String> names = group.getChildren().keySet();
        if (names.size() > MAX_CHILDREN) {
            throw bad("at most " + MAX_CHILDREN + " entries in " + group.getPath(), "" + names.size(),
                    "no model has so many layers; do not trust this file");
        }
        return names;
    }

    /** The group of that name, or null; Keras 2 takes names such as {@code block1/conv}, which lead through groups. */
    @Nullable
    Group group(Group parent, String name) throws IOException {
        @Nullable
        Group at = parent;
        for (String part : name.split("/")) {
            at = at != null && child(at, part) instanceof Group group ? group : null;
        }
        return at;
    }

    private @Nullable Node child(Group parent, String name) throws IOException {
        Node node = parent.getChildren().get(name);
        if (node == null && name.contains("\uFFFD")) { // Keras writes UTF-8 into attributes and calls it ASCII
            List<Node> alike = parent.getChildren().values().stream().filter(child -> name.equals(
                    new String(child.getName().getBytes(StandardCharsets.UTF_8), StandardCharsets.US_ASCII))).toList();
            node = alike.size() == 1 ? alike.getFirst() : null;
        }
        if (node != null && node.isLink()) {
            throw bad("groups and arrays", "a link, " + node.getPath(), "Keras writes none; do not trust this file");
        }
        return node;
    }

    HostArray array(Group parent, String name) throws IOException {
        if (!(child(parent, name) instanceof Dataset dataset)) {
            throw bad("an array " + parent.getPath() + name, "none", "save the file again with model.save_weights");
        }
        String path = dataset.getPath();
        Class<?> type = dataset.getJavaType();
        if (type != float.class && type != double.class) {
            throw bad("float32 in " + path, type.getSimpleName(), "the kit computes in float32");
        }
        DataLayout layout = dataset.getDataLayout();
        if (layout != DataLayout.CONTIGUOUS && layout != DataLayout.COMPACT) {
            throw bad("a plain array in " + path, "layout " + layout,
                    "Keras compresses nothing; save without compression");
        }
        long size = 1;
        for (long dim : dataset.getDimensionsAsLong()) {
            size = Math.multiplyExact(size, dim);
        }
        bytesLeft -= Math.multiplyExact(size, (long) dataset.getDataType().getSize());
        if (size < 1 || bytesLeft < 0) {
            throw bad("an array inside the file in " + path, Arrays.toString(dataset.getDimensionsAsLong()),
                    "the file is damaged or made to exhaust memory");
        }
        return new HostArray(Shape.of(dataset.getDimensions()), floats(dataset.getDataFlat()));
    }

    private static float[] floats(Object flat) {
        if (flat instanceof float[] values) {
            return values;
        }
        double[] wide = (double[]) flat;
        float[] values = new float[wide.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) wide[i];
        }
        return values;
    }

    /** The root's attribute that holds one text; empty if it is not there. */
    String text(String name) throws IOException {
        List<String> texts = texts(hdf, name);
        if (texts != null && texts.size() != 1) {
            throw bad("one text for " + name, texts.size() + " of them", "save the file again with model.save");
        }
        return texts == null ? "" : texts.getFirst();
    }

    /** An attribute that holds text, a list of texts, or an empty list of anything; null if it is not there. */
    @Nullable
    List<String> texts(Group group, String name) {
        Attribute attribute = group.getAttributes().get(name);
        if (attribute == null) {
            return null;
        }
        Object data = attribute.isEmpty() || attribute.getSize() == 0 ? new Object[0] : attribute.getData();
        List<String> texts = new ArrayList<>();
        for (Object text : data instanceof Object[] array ? array : new Object[] {data}) {
            texts.add(String.valueOf(text));
        }
        return texts;
    }

    List<String> requireTexts(Group group, String name) throws IOException {
        List<String> texts = texts(group, name);
        if (texts == null) {
            throw bad("an attribute " + name + " of " + group.getPath(), "none", "save the file again with model.save");
        }
        return texts;
    }

    DataFormatException bad(String expected, String got, String hint) {
        return new DataFormatException(file, expected, got, hint);
    }
}
