package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.DataFormatException;
import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RadarEventTest {
    private static final RainScale SCALE = RainScale.PAPER;

    @TempDir
    Path folder;

    /** An event of frames of 8 x 12 pixels; pixel (0, 0) of frame t has t dBZ, the others 30. */
    private Path event(String name, int frames, String suffix) throws IOException {
        Path event = Files.createDirectories(folder.resolve(name));
        LocalDateTime time = LocalDateTime.of(2016, 9, 28, 23, 30);
        for (int t = 0; t < frames; t++) {
            byte[] pixels = new byte[96];
            java.util.Arrays.fill(pixels, (byte) (64 + 60));
            pixels[0] = (byte) (64 + 2 * t);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write("P5\n12 8\n255\n".getBytes(StandardCharsets.US_ASCII));
            out.write(pixels);
            Path file = event.resolve(DateTimeFormatter.ofPattern("uuuuMMddHHmm").format(time) + suffix);
            try (GZIPOutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
                gzip.write(out.toByteArray());
            }
            time = time.plusMinutes(5);
        }
        return event;
    }

    private String refused() {
        return assertThrows(DataFormatException.class, () -> RadarEvent.read(folder, SCALE)).getMessage();
    }

    @Test
    void readsEventsInOrderAtHalfTheResolution() throws IOException {
        event("b", 20, ".pgm.gz");
        event("a", 24, "_fmi.radar.composite.lowest_FIN_SUOMI1.pgm.gz");
        Files.writeString(folder.resolve("README.md"), "where they come from");
        List<RadarEvent> events = RadarEvent.read(folder, SCALE);
        assertEquals(List.of("a", "b"), events.stream().map(RadarEvent::name).toList());
        assertEquals(24, events.getFirst().count());
        HostArray frames = events.get(1).frames();
        assertEquals(Shape.of(1, 20, 4, 6, 1), frames.shape());
        assertEquals((7 + 3 * 30) / 4.0 / 60, frames.get(0, 7, 0, 0, 0), 1e-6);
        assertEquals(0.5, frames.get(0, 7, 1, 0, 0), 1e-6);
    }

    @Test
    void aFolderThatIsNoneOrHasNothingIsNamed() throws IOException {
        Path nowhere = folder.resolve("nowhere");
        String missing = assertThrows(DataFormatException.class, () -> RadarEvent.read(nowhere, SCALE)).getMessage();
        assertTrue(missing.contains("nowhere") && missing.contains("-Dconvlstm.radar") && missing.contains("08"),
                missing);
        assertTrue(refused().contains("no folder in it"), refused());
        Files.createDirectories(folder.resolve("empty"));
        assertTrue(refused().contains("no folder in it"));
        Path file = Files.writeString(folder.resolve("file"), "");
        assertTrue(assertThrows(DataFormatException.class, () -> RadarEvent.read(file, SCALE)).getMessage()
                .contains("a file"));
    }

    @Test
    void gapsStrangersAndTooFewAreNamed() throws IOException {
        Path event = event("a", 19, ".pgm.gz");
        assertTrue(refused().contains("20 frames or more"), refused());
        event("a", 22, ".pgm.gz");
        RadarEvent.read(folder, SCALE);
        Path gone = event.resolve("201609290010.pgm.gz");
        byte[] frame = Files.readAllBytes(gone);
        Files.delete(gone);
        assertTrue(refused().contains("201609290015") && refused().contains("10 minutes"), refused());
        Files.write(gone, frame);
        Path stranger = Files.write(event.resolve("radar.pgm.gz"), frame);
        assertTrue(refused().contains("radar.pgm.gz"), refused());
        Files.delete(stranger);
        Files.write(gone, new byte[] {1, 2, 3});
        assertTrue(refused().contains("201609290010"), refused());
    }

    @Test
    void clipsAreCutFromTheFramesTheyAreSaidToBe() {
        HostArray frames = HostArray.zeros(1, 30, 8, 12, 1);
        for (int i = 0; i < frames.size(); i++) {
            frames.values()[i] = i;
        }
        RadarEvent event = new RadarEvent("x", frames);
        HostArray tiles = event.tiles(10, 30, 10, 4, 5);
        // 3 x 5 places half a width apart, 3 times
        assertEquals(Shape.of(45, 10, 4, 4, 1), tiles.shape());
        assertEquals(frames.get(0, 10, 0, 0, 0), tiles.get(0, 0, 0, 0, 0));
        assertEquals(frames.get(0, 20 + 9, 0, 3, 0), tiles.get(2, 9, 0, 3, 0));
        assertEquals(frames.get(0, 15, 0, 2 + 1, 0), tiles.get(3 + 1, 0, 0, 1, 0), "place 1, time 1");
        assertEquals(frames.get(0, 10, 4, 8, 0), tiles.get(42, 0, 0, 0, 0));

        HostArray crops = event.crops(5, 25, 10, 4, false, 50, 1);
        assertEquals(crops, event.crops(5, 25, 10, 4, false, 50, 1));
        assertNotEquals(crops, event.crops(5, 25, 10, 4, false, 50, 2));
        for (int n = 0; n < 50; n++) {
            int first = (int) crops.get(n, 0, 0, 0, 0);
            int t = first / 96;
            assertTrue(t >= 5 && t + 10 <= 25, "frame " + t);
            assertEquals(first + 9 * 96 + 3 * 12 + 3, crops.get(n, 9, 3, 3, 0), "as they are");
        }
        HostArray turned = event.crops(5, 25, 10, 4, true, 80, 1);
        java.util.Set<Double> steps = new java.util.TreeSet<>();
        for (int n = 0; n < 80; n++) {
            steps.add((double) turned.get(n, 0, 0, 1, 0) - turned.get(n, 0, 0, 0, 0));
            assertEquals(96, turned.get(n, 1, 0, 0, 0) - turned.get(n, 0, 0, 0, 0), "time is not turned");
        }
        assertEquals(java.util.Set.of(1.0, -1.0, 12.0, -12.0), steps);
        assertThrows(IllegalArgumentException.class, () -> event.tiles(10, 31, 10, 4, 5));
        assertThrows(IllegalArgumentException.class, () -> event.crops(0, 5, 10, 4, false, 1, 1));
    }
}
