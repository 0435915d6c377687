package convlstm.data;

import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * A million real files with random damage, see {@link Fuzz}: no crash, no hang, no memory beyond what a small file is
 * worth. {@code DamagedKerasFilesTest} has those of Keras. More with {@code -Djqwik.tries.default=10000}.
 */
@Tag("slow")
class DamagedFilesTest {
    private static final int BATCH = 1000;

    private static List<byte[]> samples(String... names) throws IOException {
        List<byte[]> samples = new ArrayList<>();
        for (String name : names) {
            samples.add(Files.readAllBytes(Samples.path(name)));
        }
        return samples;
    }

    private static byte[] labels() throws IOException {
        return Files.readAllBytes(Samples.dataFolder().resolve(Digits.HELD_OUT + Digits.LABELS));
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void npy(@ForAll long seed) throws IOException {
        new Fuzz(".npy", Npy::read).on(samples("little_u1.npy", "big_f8.npy", "fortran_f4.npy", "little_i8.npy",
                "version2.npy", "version3.npy", "scalar.npy")).run(seed, BATCH);
    }

    @Property(tries = 100, shrinking = ShrinkingMode.OFF)
    void npz(@ForAll long seed) throws IOException {
        new Fuzz(".npz", Npz::read).on(samples("stored.npz", "deflated.npz")).run(seed, BATCH);
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void idx(@ForAll long seed) throws IOException {
        new Fuzz("", Idx::read).on(List.of(Fuzz.unpacked(labels()))).run(seed, BATCH);
    }

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void idxDamagedInsideGzip(@ForAll long seed) throws IOException {
        new Fuzz(".gz", Idx::read).on(List.of(Fuzz.unpacked(labels()))).packing(Fuzz::packed).run(seed, BATCH);
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void gzip(@ForAll long seed) throws IOException {
        HostArray intact = Idx.read(Samples.dataFolder().resolve(Digits.HELD_OUT + Digits.LABELS));
        new Fuzz(".gz", path -> {
            HostArray read = Idx.read(path);
            assertTrue(read.equals(intact), "gzip's checksum lets no changed value through");
            return read;
        }).on(List.of(labels())).run(seed, BATCH);
    }

    private static byte[] radarFrame() {
        return Arrays.copyOf("P5\n# obstime 201609281600\n5 4\n255\n".getBytes(StandardCharsets.US_ASCII), 35 + 20);
    }

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void radar(@ForAll long seed) throws IOException {
        new Fuzz(".pgm", FmiRadar::read).on(List.of(radarFrame())).run(seed, BATCH);
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void radarDamagedInsideGzip(@ForAll long seed) throws IOException {
        new Fuzz(".pgm.gz", FmiRadar::read).on(List.of(radarFrame())).packing(Fuzz::packed).run(seed, BATCH);
    }

    @Property(tries = 130, shrinking = ShrinkingMode.OFF)
    void safetensors(@ForAll long seed) throws IOException {
        new Fuzz(".safetensors", Safetensors::read).on(samples("python.safetensors")).run(seed, BATCH);
    }

    /** The header's length is made to be right again, so that the damage reaches the header's content. */
    @Property(tries = 80, shrinking = ShrinkingMode.OFF)
    void safetensorsHeaders(@ForAll long seed) throws IOException {
        byte[] file = samples("python.safetensors").getFirst();
        int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] data = Arrays.copyOfRange(file, 8 + length, file.length);
        new Fuzz(".safetensors", Safetensors::read).on(List.of(Arrays.copyOfRange(file, 8, 8 + length)))
                .packing(header -> ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length).put(header).put(data).array())
                .run(seed, BATCH);
    }

    @AfterContainer
    static void count() {
        assertTrue(Fuzz.cases() >= 1_000_000, Fuzz.cases() + " cases");
        System.out.println("Damaged files read so far: " + Fuzz.cases());
    }
}
