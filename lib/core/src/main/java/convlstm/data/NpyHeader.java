package convlstm.data;

import static java.util.Map.entry;

import convlstm.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The header of a {@code .npy} file: a magic, a version, a length, and a Python dictionary as text with the element
 * type, the order of the axes and the shape. Source: NumPy Enhancement Proposal 1 and {@code numpy.lib.format}.
 *
 * @param type the element type
 * @param order the byte order
 * @param fortran true if the first axis varies fastest
 * @param dims the shape
 * @param bytes the length of the header, where the data begin
 */
record NpyHeader(ElementType type, ByteOrder order, boolean fortran, int[] dims, int bytes) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_LENGTH = 65_535;
    private static final Pattern ENTRY = Pattern.compile(
            "\\s*[ub]?['\"](\\w+)['\"]\\s*:\\s*([ub]?'[^']*'|[ub]?\"[^\"]*\"|True|False|\\([^)]*\\)|\\[.*\\])\\s*,?");
    private static final Pattern AXIS = Pattern.compile("(\\d{1,10})L?"); // L: Python 2

    static NpyHeader read(InputStream in, String file) throws IOException {
        byte[] start = in.readNBytes(8);
        if (start.length < 8 || !Arrays.equals(start, 0, 6, MAGIC, 0, 6)) {
            throw DataFormatException.unsuited(file, "a .npy file, which begins 93 4e 55 4d 50 59 (NUMPY)",
                    Magic.of(start), "save the array with numpy.save; a .npz is read by Npz");
        }
        int version = start[6];
        if (version < 1 || version > 3) {
            throw new DataFormatException(file, ".npy version 1, 2 or 3", "version " + (version & 0xFF),
                    "the header is damaged, or save it again with a current NumPy");
        }
        int lengthBytes = version == 1 ? 2 : 4;
        byte[] lengthField = in.readNBytes(lengthBytes);
        if (lengthField.length < lengthBytes) {
            throw new EOFException();
        }
        long length = 0;
        for (int i = lengthBytes - 1; i >= 0; i--) {
            length = length << 8 | lengthField[i] & 0xFF;
        }
        if (length > MAX_LENGTH) {
            throw new DataFormatException(file, "a header of at most " + MAX_LENGTH + " bytes", length + " bytes",
                    "the file is damaged or made to exhaust memory; a plain array needs about 100 bytes");
        }
        byte[] text = in.readNBytes((int) length);
        if (text.length < length) {
            throw new EOFException();
        }
        String header = new String(text, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        return parse(header.strip(), 8 + lengthBytes + text.length, file);
    }

    private static NpyHeader parse(String text, int bytes, String file) throws DataFormatException {
        Map<String, String> entries = new HashMap<>();
        if (text.startsWith("{") && text.endsWith("}")) {
            String body = text.substring(1, text.length() - 1);
            Matcher entry = ENTRY.matcher(body);
            int at = 0;
            while (at < body.length() && entries.size() < 3 && entry.region(at, body.length()).lookingAt()) {
                entries.put(entry.group(1), entry.group(2));
                at = entry.end();
            }
            if (!body.substring(at).isBlank()) {
                entries.clear();
            }
        }
        String descr = entries.get("descr");
        String fortran = entries.get("fortran_order");
        String shape = entries.get("shape");
        if (descr == null || fortran == null || shape == null) {
            throw new DataFormatException(file, "a header {'descr': ..., 'fortran_order': ..., 'shape': ...}",
                    shorten(text), "the header is damaged; save the array again with numpy.save");
        }
        if (!fortran.equals("True") && !fortran.equals("False")) {
            throw new DataFormatException(file, "'fortran_order' True or False", shorten(fortran),
                    "the header is damaged; save the array again with numpy.save");
        }
        String dtype = descr.replaceFirst("^[ub]?['\"]", "").replaceFirst("['\"]$", "");
        ElementType type = type(dtype, file);
        ByteOrder order = dtype.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        return new NpyHeader(type, order, fortran.equals("True"), dims(shape, file), bytes);
    }

    /** NumPy's other names of the types; what the length of C's long decides is not among them. */
    private static final Map<String, String> ALIASES = Map.ofEntries(entry("?", "b1"), entry("bool", "b1"),
            entry("bool8", "b1"), entry("b", "i1"), entry("B", "u1"), entry("h", "i2"), entry("H", "u2"),
            entry("i", "i4"), entry("I", "u4"), entry("q", "i8"), entry("Q", "u8"), entry("e", "f2"), entry("f", "f4"),
            entry("d", "f8"), entry("half", "f2"), entry("single", "f4"), entry("double", "f8"), entry("float", "f8"));

    /** Any spelling that NumPy takes: {@code <f4}, {@code =u1}, {@code float32}, {@code ?}. */
    private static ElementType type(String dtype, String file) throws DataFormatException {
        String name = dtype.replaceFirst("^[<>=|]", "");
        Matcher bits = Pattern.compile("(u?)(int|float)(8|16|32|64)").matcher(name);
        String code = ALIASES.getOrDefault(name, bits.matches() && !name.equals("float8") && !name.startsWith("ufloat")
                ? (bits.group(1) + bits.group(2)).charAt(0) + "" + Integer.parseInt(bits.group(3)) / 8
                : name);
        for (ElementType type : ElementType.values()) {
            if (code.equals(type.code)) {
                return type;
            }
        }
        String supported = Arrays.stream(ElementType.values()).map(t -> t.code).collect(Collectors.joining(", "));
        throw DataFormatException.unsuited(file, "numbers of type " + supported + ", with < or > for the byte order",
                "type " + shorten(dtype), name.equals("O")
                        ? "this holds pickled Python objects, which are never read: convert with astype('float32')"
                        : "convert in Python with astype('float32')");
    }

    private static int[] dims(String shape, String file) throws DataFormatException {
        String inner = shape.startsWith("(") ? shape.substring(1, shape.length() - 1).strip() : "?";
        String[] parts = inner.isEmpty() ? new String[0] : inner.split(",");
        boolean valid = parts.length <= Limits.RANK;
        int[] dims = new int[valid ? parts.length : 0];
        for (int a = 0; a < dims.length && valid; a++) {
            String axis = parts[a].strip();
            Matcher digits = AXIS.matcher(axis);
            valid = digits.matches() && Long.parseLong(digits.group(1)) <= Integer.MAX_VALUE;
            dims[a] = valid ? Integer.parseInt(digits.group(1)) : 0;
        }
        if (!valid) {
            throw new DataFormatException(file, "a shape such as (20, 64, 64), of at most " + Limits.RANK
                    + " axes, each up to 2147483647", shorten(shape), "the header is damaged or made to harm");
        }
        return dims;
    }

    private static String shorten(String text) {
        String printable = text.replaceAll("[^ -~]", "?");
        return printable.length() <= 80 ? printable : printable.substring(0, 77) + "...";
    }

    /** A version 1 header of little-endian float32 in C order, padded so that the data begin at a multiple of 64. */
    static byte[] float32(Shape shape) {
        int[] dims = shape.toArray();
        String axes = Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + axes + (dims.length == 1 ? ",)" : ")")
                + ", }";
        int length = Math.ceilDiv(10 + text.length() + 1, 64) * 64 - 10;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(MAGIC);
        out.writeBytes(new byte[] {1, 0, (byte) length, (byte) (length >> 8)});
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        out.writeBytes(" ".repeat(length - text.length() - 1).getBytes(StandardCharsets.ISO_8859_1));
        out.write('\n');
        return out.toByteArray();
    }

    /** {@code shape (20, 64, 64)}, for errors. */
    String declared() {
        return Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining(", ", "shape (", ")"));
    }
}
