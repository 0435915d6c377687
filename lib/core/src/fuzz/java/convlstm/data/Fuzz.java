package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Damages real files at random, and sees that a reader either reads them or refuses them with a {@link
 * DataFormatException} that has a hint; that it throws nothing else; and that it allocates no more than a small file is
 * worth. A failure says which seed repeats it.
 *
 * <pre>{@code
 * new Fuzz(".npy", Npy::read).on(files).run(seed, 250);
 * }</pre>
 */
public final class Fuzz {
    /** Reads a file. */
    @FunctionalInterface
    public interface Reader {
        /** What is in the file. */
        Object read(Path path) throws IOException;
    }

    /** Turns damaged content into a file: packs it, or repairs a checksum. */
    @FunctionalInterface
    public interface Packing {
        /** The file's bytes. */
        byte[] pack(byte[] content) throws IOException;
    }

    /** Cases of all fuzzers of this JVM. */
    private static final AtomicLong CASES = new AtomicLong();

    /** Threads of their own: an exception costs as much as the stack below it is deep, and a test runner's is. */
    private static final ForkJoinPool WORKERS = new ForkJoinPool(Runtime.getRuntime().availableProcessors());

    private final String suffix;
    private final Reader reader;
    private Packing packing = content -> content;
    private List<byte[]> whole = List.of();
    private long mostBytes = 32 << 20;

    /** Files whose names end in the suffix, and their reader. */
    public Fuzz(String suffix, Reader reader) {
        this.suffix = suffix;
        this.reader = reader;
    }

    /** The content to damage. */
    public Fuzz on(List<byte[]> intact) {
        whole = intact;
        return this;
    }

    /** What happens to damaged content before it is read; nothing unless given. */
    public Fuzz packing(Packing p) {
        packing = p;
        return this;
    }

    /** The most that reading one file may allocate; 32 MiB unless given. */
    public Fuzz mostBytes(long bytes) {
        mostBytes = bytes;
        return this;
    }

    /** Runs so many cases on all processors; returns how many of them were refused. */
    public long run(long seed, int cases) {
        CASES.addAndGet(cases);
        return WORKERS.submit(() -> IntStream.range(0, cases).parallel().filter(k -> refused(seed + k)).count()).join();
    }

    /** How many cases ran in this JVM so far. */
    public static long cases() {
        return CASES.get();
    }

    private boolean refused(long seed) {
        Random random = new Random(seed);
        try {
            byte[] content = damage(whole.get(random.nextInt(whole.size())), random);
            return read(packing.pack(content)) == null;
        } catch (IOException | RuntimeException | Error e) {
            throw new AssertionError("seed " + seed + ": " + e, e);
        }
    }

    /** What was read, or null where the file was refused. */
    public @Nullable Object read(byte[] file) throws IOException {
        Path path = folder().resolve(Thread.currentThread().threadId() + suffix);
        Files.write(path, file);
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = thread.getCurrentThreadAllocatedBytes();
        try {
            return reader.read(path);
        } catch (DataFormatException refused) {
            assertTrue(refused.getMessage().contains("Hint: "), refused.getMessage());
            return null;
        } finally {
            long allocated = thread.getCurrentThreadAllocatedBytes() - before;
            Files.delete(path); // to write over it would be slow: ext4 then waits for the disk
            assertTrue(allocated < mostBytes, "allocated " + allocated + " bytes for a file of " + file.length);
        }
    }

    private static final class Folder {
        static final Path PATH = create();

        private static Path create() {
            try {
                Path memory = Path.of("/dev/shm"); // where there is one: a disk would take most of the time
                Path folder = Files.isWritable(memory)
                        ? Files.createTempDirectory(memory, "fuzz")
                        : Files.createTempDirectory("fuzz");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
                return folder;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void delete(Path folder) {
        for (File file : Objects.requireNonNullElse(folder.toFile().listFiles(), new File[0])) {
            file.delete();
        }
        folder.toFile().delete();
    }

    private static Path folder() {
        return Folder.PATH;
    }

    /** One to six places changed, cut, repeated or inserted; half of them near the start, where headers are. */
    static byte[] damage(byte[] whole, Random random) {
        byte[] file = whole.clone();
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
            int at = file.length == 0 ? 0 : random.nextInt(Math.min(file.length, random.nextBoolean() ? 32 : 1 << 20));
            int length = Math.min(file.length - at, 1 + random.nextInt(8));
            switch (random.nextInt(7)) {
                case 0 -> flip(file, at, random);
                case 1 -> Arrays.fill(file, at, at + length, (byte) random.nextInt());
                case 2 ->
                    Arrays.fill(file, at, at + length, new byte[] {0, -1, 127, -128, '9', '-', '"'}[random.nextInt(7)]);
                case 3 -> file = Arrays.copyOf(file, at);
                case 4 -> file = joined(file, at, new byte[random.nextInt(9)], at);
                case 5 -> file = joined(file, at + length, new byte[0], at); // repeats
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

    /** What a gzip file holds. */
    public static byte[] unpacked(byte[] gzip) throws IOException {
        return new GZIPInputStream(new ByteArrayInputStream(gzip)).readAllBytes();
    }

    /** A gzip file that holds this. */
    public static byte[] packed(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
