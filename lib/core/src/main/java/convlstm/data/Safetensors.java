package convlstm.data;

import static convlstm.tensor.Arguments.require;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The {@code .safetensors} format: named arrays and some text, and nothing that could run. Numbers of
 * any type are read as float32, which has to hold them; written are float32 or, where asked for, float16. Python reads it with
 * {@code safetensors.numpy.load_file}.
 *
 * <pre>
 * 8 bytes   length of the header, little-endian
 * header    JSON: {"__metadata__": {text: text}, name: {"dtype": "F32", "shape": [..], "data_offsets": [from, to]}, ..}
 * data      the arrays, little-endian, row-major, one after the other without gaps
 * </pre>
 *
 * <p>Files that the kit writes hold a SHA-256 of all their content among their metadata, and reading compares it; files
 * from elsewhere have none and are taken as they are. Source: the format's description in the safetensors project.
 *
 * @param tensors the arrays by name, in the order of the data
 * @param metadata the text by name
 */
public record Safetensors(Map<String, HostArray> tensors, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";
    private static final String SHA256 = "sha256";
    private static final int MAX_HEADER = 1 << 20;
    private static final int CHUNK = 1 << 16;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Keeps copies of both maps, in their order. */
    public Safetensors {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** An array as the header declares it; its values are the bytes from (inclusive) to (exclusive) of the data. */
    private record Entry(String name, ElementType type, Shape shape, long from, long to) {}

    private static final Map<String, ElementType> TYPES = Map.ofEntries(Map.entry("F32", ElementType.F4),
            Map.entry("F16", ElementType.F2), Map.entry("BF16", ElementType.BF2), Map.entry("F64", ElementType.F8),
            Map.entry("I64", ElementType.I8), Map.entry("I32", ElementType.I4), Map.entry("I16", ElementType.I2),
            Map.entry("I8", ElementType.I1), Map.entry("U64", ElementType.U8), Map.entry("U32", ElementType.U4),
            Map.entry("U16", ElementType.U2), Map.entry("U8", ElementType.U1), Map.entry("BOOL", ElementType.BOOL));

    /**
     * Reads a file. No array is allocated before the whole header is known to fit the file.
     *
     * @throws DataFormatException if it is no safetensors file, is truncated, was changed after it was written, or is
     *     made to harm; the message says where
     */
    public static Safetensors read(Path path) throws IOException {
        String file = path.toString();
        long length = Files.size(path);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), CHUNK)) {
            byte[] header = headerBytes(in, length, file);
            JsonNode json = parsed(header, file);
            Map<String, String> metadata = metadata(json.path(METADATA), file);
            List<Entry> entries = entries((ObjectNode) json, length - 8 - header.length, file);
            Map<String, HostArray> tensors = new LinkedHashMap<>();
            for (Entry e : entries) {
                tensors.put(e.name(), new HostArray(e.shape(), values(in, e, file)));
            }
            String expected = metadata.remove(SHA256);
            Safetensors read = new Safetensors(tensors, metadata);
            if (expected != null && !expected.equals(read.sha256())) {
                throw bad(file, "content of SHA-256 " + expected + ", which it had when it was written",
                        read.sha256(), "the file is damaged; take an older checkpoint, or train again");
            }
            return read;
        }
    }

    private static byte[] headerBytes(InputStream in, long length, String file) throws IOException {
        byte[] first = in.readNBytes(8);
        if (first.length < 8) {
            throw bad(file, "8 bytes that say how long the header is", first.length + " bytes in all",
                    "the file is empty or only part of it arrived");
        }
        long declared = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (declared < 2 || declared > MAX_HEADER || declared > length - 8) {
            throw bad(file, "a header of 2 to " + Math.min(MAX_HEADER, length - 8) + " bytes",
                    Long.toUnsignedString(declared) + ", for it begins as " + Magic.of(first),
                    "this is no safetensors file, or only part of it arrived");
        }
        byte[] header = in.readNBytes((int) declared);
        if (header.length < declared) {
            throw bad(file, "a header of " + declared + " bytes", "" + header.length,
                    "the file changed while it was read");
        }
        return header;
    }

    private static JsonNode parsed(byte[] header, String file) throws IOException {
        String got;
        try {
            JsonNode json = JSON
                    .readTree(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString());
            if (json.isObject()) {
                return json;
            }
            got = "something else in JSON";
        } catch (CharacterCodingException e) {
            got = "bytes that are no UTF-8";
        } catch (JsonProcessingException e) {
            got = e.getOriginalMessage();
        }
        throw bad(file, "a header that is a JSON object, with every name once", got,
                "the file is damaged, or it is no safetensors file");
    }

    private static Map<String, String> metadata(JsonNode json, String file) throws IOException {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (!json.isMissingNode() && !json.isObject()) {
            throw bad(file, METADATA + " of names and texts", kind(json), "write text only; numbers as text");
        }
        for (Map.Entry<String, JsonNode> text : json.properties()) {
            if (!text.getValue().isTextual()) {
                throw bad(file, METADATA + " of names and texts", kind(text.getValue()) + " for " + name(text.getKey()),
                        "write text only; numbers as text");
            }
            metadata.put(text.getKey(), text.getValue().textValue());
        }
        return metadata;
    }

    /** The arrays in the order of the data, which they must fill from its first byte to its last. */
    private static List<Entry> entries(ObjectNode header, long dataBytes, String file) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : header.properties()) {
            if (!field.getKey().equals(METADATA)) {
                entries.add(entry(field.getKey(), field.getValue(), file));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
        long end = 0;
        for (Entry e : entries) {
            if (e.from() != end) {
                throw bad(file,
                        "data of " + name(e.name()) + " to begin at byte " + end + ", where those before it end",
                        "byte " + e.from(), "arrays must neither overlap nor leave gaps; do not trust this file");
            }
            end = e.to();
        }
        if (end != dataBytes) {
            throw bad(file, end + " bytes of data, as the header says", dataBytes + " bytes", dataBytes < end
                    ? "the file is truncated, often a copy that was cut off"
                    : "there is something behind the last array; do not trust this file");
        }
        return entries;
    }

    private static Entry entry(String name, JsonNode json, String file) throws IOException {
        JsonNode dtype = json.path("dtype");
        ElementType type = TYPES.get(dtype.asText());
        if (type == null) {
            throw bad(file, "a dtype of " + new TreeMap<>(TYPES).keySet() + " for " + name(name),
                    dtype.isMissingNode() ? "none" : name(dtype.asText()),
                    "the kit computes in float32; convert to F32 before saving");
        }
        JsonNode shape = json.path("shape");
        JsonNode offsets = json.path("data_offsets");
        if (!shape.isArray() || shape.size() > Limits.RANK || !offsets.isArray() || offsets.size() != 2) {
            throw bad(file, "a shape of at most " + Limits.RANK + " axes and two data_offsets for " + name(name),
                    kind(shape) + " of " + shape.size() + " and " + kind(offsets) + " of " + offsets.size(),
                    "the header is damaged");
        }
        int[] dims = new int[shape.size()];
        for (int a = 0; a < dims.length; a++) {
            if (!shape.path(a).isIntegralNumber() || !shape.path(a).canConvertToInt() || shape.path(a).intValue() < 0) {
                throw bad(file, "axes of " + name(name) + " to be whole numbers from 0 to 2147483647",
                        name(shape.path(a).toString()), "the header is damaged");
            }
            dims[a] = shape.path(a).intValue();
        }
        long from = offset(offsets.path(0), name, file);
        long to = offset(offsets.path(1), name, file);
        long bytes = (long) type.bytes
                * Limits.elements(dims, "shape " + Arrays.toString(dims) + " of " + name(name), file);
        if (to - from != bytes) {
            throw bad(file, bytes + " bytes for " + name(name) + ", shape " + Arrays.toString(dims), "offsets from "
                    + from + " to " + to, "the header is damaged");
        }
        return new Entry(name, type, shape(dims, name, file), from, to);
    }

    private static Shape shape(int[] dims, String name, String file) throws IOException {
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException e) { // axes that multiply to too much, and one of 0
            throw bad(file, "a shape of at most " + Integer.MAX_VALUE + " elements for " + name(name),
                    Arrays.toString(dims), "the header is damaged");
        }
    }

    private static long offset(JsonNode json, String name, String file) throws IOException {
        if (!json.isIntegralNumber() || !json.canConvertToLong() || json.longValue() < 0) {
            throw bad(file, "data_offsets of " + name(name) + " to be whole numbers from 0", name(json.toString()),
                    "the header is damaged");
        }
        return json.longValue();
    }

    private static float[] values(InputStream in, Entry e, String file) throws IOException {
        float[] values = new float[e.shape().size()];
        int bytes = e.type().bytes;
        ByteBuffer chunk = ByteBuffer.allocate(Math.min(CHUNK, bytes * Math.max(1, values.length)))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < values.length;) {
            int n = Math.min(values.length - at, chunk.capacity() / bytes);
            if (in.readNBytes(chunk.array(), 0, bytes * n) < bytes * n) {
                throw bad(file, "data of " + name(e.name()) + " up to byte " + e.to(), "the end of the file",
                        "the file changed while it was read");
            }
            e.type().decode(chunk.clear(), values, at, at + n, file + "/" + name(e.name()));
            at += n;
        }
        return values;
    }

    /** Numbers as metadata text that {@link #numbers} reads back, bit by bit. */
    public static String text(double... numbers) {
        return Arrays.stream(numbers).mapToObj(Double::toString).collect(Collectors.joining(" "));
    }

    /**
     * Metadata text as numbers.
     *
     * @param path where this was read, for the message
     * @param name of the text
     * @param count how many there must be; 0 for any number
     * @throws DataFormatException if there is no such text, or it is something else
     */
    public double[] numbers(Path path, String name, int count) throws DataFormatException {
        String text = metadata.get(name);
        if (text != null && text.matches("[-+.0-9A-Za-z ]*")) {
            try {
                double[] numbers = Arrays.stream(text.split(" ")).filter(t -> !t.isEmpty())
                        .mapToDouble(Double::parseDouble).toArray();
                if (count == 0 || numbers.length == count) {
                    return numbers;
                }
            } catch (NumberFormatException e) {
                // refused below
            }
        }
        throw bad(path.toString(), (count == 0 ? "" : count + " ") + "numbers '" + name + "' in the metadata",
                text == null ? "none" : name(text), "the file was written for another purpose; see Trainer.checkpoint");
    }

    /**
     * Compares what a file has with what is to be filled from it.
     *
     * @param what is to be filled, for the message
     * @param path the file
     * @param expected its parts and their descriptions
     * @param got the same of what is to be filled
     * @throws IllegalArgumentException at the first difference, naming part and both descriptions
     */
    public static void requireSame(String what, Path path, Map<String, String> expected, Map<String, String> got) {
        Map<String, String> parts = new LinkedHashMap<>(got);
        expected.forEach(parts::putIfAbsent);
        for (String part : parts.keySet()) {
            String e = expected.getOrDefault(part, "nothing");
            String g = got.getOrDefault(part, "nothing");
            require(e.equals(g), what + ": " + part, e + " as in " + path, g,
                    "build the same layers in the same order, with the same units or filters, kernel sizes and biases");
        }
    }

    /**
     * Writes the file whole or not at all, see {@link AtomicFile}.
     *
     * @throws IllegalArgumentException if a name is reserved by the format, or the names take more than the header may
     */
    public void write(Path path) throws IOException {
        write(path, ElementType.F4);
    }

    /**
     * The same in half precision: 2 bytes a number, 10 bits of mantissa. Reading gives the rounded numbers.
     *
     * @throws IllegalArgumentException if a number is too large for it
     */
    public void writeHalf(Path path) throws IOException {
        Map<String, HostArray> rounded = new LinkedHashMap<>();
        tensors.forEach((name, t) -> rounded.put(name, half(name, t)));
        new Safetensors(rounded, metadata).write(path, ElementType.F2);
    }

    private static HostArray half(String name, HostArray t) {
        float[] rounded = new float[t.size()];
        for (int i = 0; i < rounded.length; i++) {
            float v = t.values()[i];
            rounded[i] = Float.float16ToFloat(Float.floatToFloat16(v));
            if (Float.isInfinite(rounded[i]) && !Float.isInfinite(v)) {
                throw new IllegalArgumentException("tensors: expected numbers within 65504 for half precision, got " + v
                        + " in " + name(name) + ". Hint: keep it in float32");
            }
        }
        return new HostArray(t.shape(), rounded);
    }

    private void write(Path path, ElementType type) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        ObjectNode text = header.putObject(METADATA);
        metadata.forEach(text::put);
        text.put(SHA256, sha256());
        long at = 0;
        for (Map.Entry<String, HostArray> tensor : tensors.entrySet()) {
            require(!tensor.getKey().equals(METADATA), "tensors", "names of arrays",
                    METADATA + ", which the format keeps for itself");
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", type == ElementType.F2 ? "F16" : "F32");
            ArrayNode shape = entry.putArray("shape");
            Arrays.stream(tensor.getValue().shape().toArray()).forEach(shape::add);
            entry.putArray("data_offsets").add(at).add(at += (long) type.bytes * tensor.getValue().size());
        }
        byte[] json = JSON.writeValueAsBytes(header);
        byte[] padded = Arrays.copyOf(json, json.length + 7 & ~7); // so that the arrays begin at a multiple of 8
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        require(padded.length <= MAX_HEADER, "tensors, metadata", "names and text that fit " + MAX_HEADER + " bytes",
                padded.length + " of them", "keep long text in a file of its own");
        AtomicFile.write(path, out -> {
            out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(padded.length).array());
            out.write(padded);
            writeData(out, type);
        });
    }

    private void writeData(OutputStream out, ElementType type) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (HostArray tensor : tensors.values()) {
            float[] values = tensor.values();
            for (int at = 0; at < values.length;) {
                int n = Math.min(values.length - at, CHUNK / 4);
                chunk.clear();
                for (int i = at; i < at + n; i++) {
                    if (type == ElementType.F2) {
                        chunk.putShort(Float.floatToFloat16(values[i]));
                    } else {
                        chunk.putFloat(values[i]);
                    }
                }
                out.write(chunk.array(), 0, chunk.position());
                at += n;
            }
        }
    }

    /** Of all text in alphabetical order, the arrays' names and shapes, and the data. */
    private String sha256() throws IOException {
        MessageDigest digest = Shipped.sha256();
        try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            out.write(new TreeMap<>(metadata).toString().getBytes(StandardCharsets.UTF_8));
            for (Map.Entry<String, HostArray> tensor : tensors.entrySet()) {
                out.write((tensor.getKey() + tensor.getValue().shape()).getBytes(StandardCharsets.UTF_8));
            }
            writeData(out, ElementType.F4);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** A name for a message: not longer than a line, and without what would upset a terminal. */
    private static String name(String name) {
        return (name.length() > 80 ? name.substring(0, 80) + "..." : name).replaceAll("\\p{C}", "?");
    }

    private static String kind(JsonNode json) {
        return json.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static DataFormatException bad(String file, String expected, String got, String hint) {
        return new DataFormatException(file, expected, got, hint);
    }
}
