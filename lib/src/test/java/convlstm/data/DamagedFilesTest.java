package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import convlstm.tensor.HostArray;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Real files with random damage: a reader gives an array or a {@link DataFormatException}, never another exception, and
 * never allocates more than a small file is worth. 1000 cases each; more with {@code -Djqwik.tries.default=1000000}.
 */
class DamagedFilesTest {
    private static final long MOST_BYTES = 32 << 20;
    private static final String[] NPY = {
        "little_u1.npy", "big_f8.npy", "fortran_f4.npy", "little_i8.npy", "version2.npy", "version3.npy", "scalar.npy"
    };
    private static final String[] NPZ = {"stored.npz", "deflated.npz"};
    private static Path file;

    private interface Reader {
        Object read(Path path) throws IOException;
    }

    @BeforeContainer
    static void createFile() throws IOException {
        file = Files.createTempDirectory("damaged").resolve("file");
    }

    @AfterContainer
    static void deleteFile() throws IOException {
        Files.deleteIfExists(file);
        Files.delete(file.getParent());
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void npy(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        readDamaged(Files.readAllBytes(Samples.path(NPY[random.nextInt(NPY.length)])), random, false, Npy::read);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void npz(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        readDamaged(Files.readAllBytes(Samples.path(NPZ[random.nextInt(NPZ.length)])), random, false, Npz::read);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void idx(@ForAll long seed) throws IOException {
        byte[] labels = Files.readAllBytes(Samples.dataFolder().resolve(Digits.HELD_OUT + Digits.LABELS));
        readDamaged(unpacked(labels), new Random(seed), false, Idx::read);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void idxDamagedInsideGzip(@ForAll long seed) throws IOException {
        byte[] labels = Files.readAllBytes(Samples.dataFolder().resolve(Digits.HELD_OUT + Digits.LABELS));
        readDamaged(unpacked(labels), new Random(seed), true, Idx::read);
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void gzip(@ForAll long seed) throws IOException {
        byte[] labels = Files.readAllBytes(Samples.dataFolder().resolve(Digits.HELD_OUT + Digits.LABELS));
        HostArray whole = Idx.read(Samples.dataFolder().resolve(Digits.HELD_OUT + Digits.LABELS));
        Object read = readDamagedAs(".gz", damage(labels, new Random(seed)), Idx::read);
        assertTrue(read == null || read.equals(whole), "gzip's checksum lets no changed value through");
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void radar(@ForAll long seed) throws IOException {
        byte[] frame = Arrays.copyOf("P5\n# obstime 201609281600\n5 4\n255\n".getBytes(), 35 + 20);
        Random random = new Random(seed);
        readDamaged(frame, random, random.nextBoolean(), FmiRadar::read);
    }

    private static void readDamaged(byte[] whole, Random random, boolean pack, Reader reader) throws IOException {
        byte[] damaged = damage(whole, random);
        readDamagedAs(pack ? ".gz" : "", pack ? packed(damaged) : damaged, reader);
    }

    /** What was read, or null where the file was refused. */
    private static Object readDamagedAs(String suffix, byte[] damaged, Reader reader) throws IOException {
        Path damagedFile = Path.of(file + suffix);
        Files.write(damagedFile, damaged);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        try {
            return reader.read(damagedFile);
        } catch (DataFormatException refused) {
            assertTrue(refused.getMessage().contains("Hint: "), refused.getMessage());
            return null;
        } finally {
            long allocated = thread.getCurrentThreadAllocatedBytes() - before;
            Files.delete(damagedFile);
            assertTrue(allocated < MOST_BYTES, "allocated " + allocated + " bytes for a file of " + damaged.length);
        }
    }

    private static byte[] damage(byte[] whole, Random random) {
        byte[] file = whole.clone();
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
            int at = file.length == 0 ? 0 : random.nextInt(Math.min(file.length, random.nextBoolean() ? 32 : 1 << 20));
            int length = Math.min(file.length - at, 1 + random.nextInt(8));
            switch (random.nextInt(6)) {
                case 0 -> flip(file, at, random);
                case 1 -> Arrays.fill(file, at, at + length, (byte) random.nextInt());
                case 2 -> Arrays.fill(file, at, at + length, new byte[] {0, -1, 127, -128}[random.nextInt(4)]);
                case 3 -> file = Arrays.copyOf(file, at);
                case 4 -> file = joined(file, at, new byte[random.nextInt(9)], at);
                default -> file = joined(file, at, new byte[0], at + length);
            }
        }
        return file;
    }

    private static void flip(byte[] file, int at, Random random) {
        if (at < file.length) {
            file[at] ^= (byte) (1 << random.nextInt(8));
        }
    }

    private static byte[] joined(byte[] file, int end, byte[] middle, int start) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(file, 0, end);
        out.writeBytes(middle);
        out.write(file, start, file.length - start);
        return out.toByteArray();
    }

    private static byte[] unpacked(byte[] gzip) throws IOException {
        return new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes();
    }

    private static byte[] packed(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
