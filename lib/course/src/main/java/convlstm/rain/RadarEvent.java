package convlstm.rain;

import convlstm.data.DataFormatException;
import convlstm.data.FmiRadar;
import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Some hours of rain as a radar network saw them, from a folder of the reader's: the kit brings no frames.
 *
 * <p>The folder has a folder for each event, and this one FMI's frames, every five minutes, with names that begin with the
 * time: {@code radar/20160928/201609281445.pgm.gz} and so on, or FMI's longer names.
 *
 * @param name the event's folder
 * @param frames {@code (1, T, H, W, 1)} in [0, 1], pixels of 2 km: the mean of the reflectivity of four of 1 km
 */
public record RadarEvent(String name, HostArray frames) {
    /** The property that names the folder: {@code -Dconvlstm.radar=FOLDER}. */
    public static final String PROPERTY = "convlstm.radar";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMddHHmm");
    private static final Duration STEP = Duration.ofMinutes(5);
    /** Fewer frames leave nothing to test on. */
    private static final int FEWEST = 20;

    private static final String HINT = "a folder for each event in it, with frames such as 201609281445.pgm.gz;"
            + " notebook 08 says how to get them";

    /** The folder that {@code -Dconvlstm.radar} names, if it does. */
    public static Optional<Path> folder() {
        return Optional.ofNullable(System.getProperty(PROPERTY)).filter(path -> !path.isBlank()).map(Path::of);
    }

    /**
     * Reads all events of a folder, in the order of their names.
     *
     * @throws DataFormatException if there is no such folder, it has no events, an event has fewer than 20 frames, or a
     *     frame is missing between others, damaged or of another size
     */
    public static List<RadarEvent> read(Path folder, RainScale scale) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new DataFormatException(folder.toString(), "a folder with radar frames (-D" + PROPERTY + ")",
                    Files.exists(folder) ? "a file" : "nothing there", HINT);
        }
        List<RadarEvent> events = new ArrayList<>();
        for (Path event : entries(folder)) {
            List<Path> files = Files.isDirectory(event) ? frames(event) : List.of();
            if (!files.isEmpty()) {
                requireEveryFiveMinutes(event, files);
                events.add(new RadarEvent(event.getFileName().toString(), halved(FmiRadar.sequence(files, scale))));
            }
        }
        if (events.isEmpty()) {
            throw new DataFormatException(folder.toString(), "one event or more (-D" + PROPERTY + ")",
                    "no folder in it with .pgm or .pgm.gz files", HINT);
        }
        return events;
    }

    private static List<Path> entries(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    private static List<Path> frames(Path event) throws IOException {
        return entries(event).stream().filter(f -> f.toString().matches(".*\\.pgm(\\.gz)?")).toList();
    }

    private static void requireEveryFiveMinutes(Path event, List<Path> files) throws DataFormatException {
        if (files.size() < FEWEST) {
            throw new DataFormatException(event.toString(), FEWEST + " frames or more", files.size() + "",
                    "half of them are to train on, half to test on");
        }
        for (int k = 1; k < files.size(); k++) {
            Duration step = Duration.between(time(files.get(k - 1)), time(files.get(k)));
            if (!step.equals(STEP)) {
                throw new DataFormatException(files.get(k).toString(), "a frame five minutes after the one before, "
                        + files.get(k - 1).getFileName(), step.toMinutes() + " minutes",
                        "put a run of frames without gaps into each event's folder");
            }
        }
    }

    private static LocalDateTime time(Path file) throws DataFormatException {
        String name = file.getFileName().toString();
        try {
            return LocalDateTime.parse(name.substring(0, Math.min(12, name.length())), TIME);
        } catch (DateTimeParseException e) {
            throw new DataFormatException(file.toString(), "a name that begins with the time, as 201609281445 does",
                    name, "rename it, or take it out of the event's folder", e);
        }
    }

    /** The mean of each 2 x 2 pixels. */
    private static HostArray halved(HostArray frames) {
        int T = frames.dim(1);
        int H = frames.dim(2) / 2;
        int W = frames.dim(3) / 2;
        HostArray half = HostArray.zeros(1, T, H, W, 1);
        int at = 0;
        for (int t = 0; t < T; t++) {
            for (int y = 0; y < H; y++) {
                for (int x = 0; x < W; x++) {
                    half.values()[at++] = (frames.get(0, t, 2 * y, 2 * x, 0) + frames.get(0, t, 2 * y, 2 * x + 1, 0)
                            + frames.get(0, t, 2 * y + 1, 2 * x, 0) + frames.get(0, t, 2 * y + 1, 2 * x + 1, 0)) / 4;
                }
            }
        }
        return half;
    }

    /** The number of frames, T. */
    public int count() {
        return frames.dim(1);
    }

    /**
     * Clips to train on, from places and times by chance.
     *
     * @param turned whether each is turned and mirrored by chance, so that the wind comes from anywhere
     * @param from the first frame that may be in a clip
     * @param to the frame after the last one
     * @param length the frames of a clip
     * @param size its height and width
     * @return {@code (n, length, size, size, 1)}
     */
    public HostArray crops(int from, int to, int length, int size, boolean turned, int n, long seed) {
        requireRoom(from, to, length, size);
        Random random = new Random(seed);
        HostArray crops = HostArray.zeros(n, length, size, size, 1);
        for (int k = 0; k < n; k++) {
            int t = from + random.nextInt(to - from - length + 1);
            int top = random.nextInt(frames.dim(2) - size + 1);
            int left = random.nextInt(frames.dim(3) - size + 1);
            copy(crops, k, t, top, left, turned ? random.nextInt(8) : 0);
        }
        return crops;
    }

    /**
     * Clips to test on: places half a clip's width apart, so that their middles tile the map, and times {@code every}
     * frames apart; those of a place one after another.
     *
     * @return {@code (places * times, length, size, size, 1)}
     */
    public HostArray tiles(int from, int to, int length, int size, int every) {
        requireRoom(from, to, length, size);
        int stride = size / 2;
        int columns = (frames.dim(3) - size) / stride + 1;
        int times = (to - from - length) / every + 1;
        HostArray tiles = HostArray.zeros(((frames.dim(2) - size) / stride + 1) * columns * times, length, size, size,
                1);
        for (int k = 0; k < tiles.dim(0); k++) {
            int place = k / times;
            copy(tiles, k, from + k % times * every, place / columns * stride, place % columns * stride, 0);
        }
        return tiles;
    }

    private void requireRoom(int from, int to, int length, int size) {
        if (from < 0 || to > count() || length < 1 || to - from < length || size < 1 || size > frames.dim(2)
                || size > frames.dim(3)) {
            throw new IllegalArgumentException("from, to, length, size: expected clips inside of " + frames.shape()
                    + ", got " + from + ", " + to + ", " + length + ", " + size);
        }
    }

    /** One clip, in one of the square's eight positions. */
    private void copy(HostArray clips, int k, int t0, int top, int left, int position) {
        int size = clips.dim(2);
        for (int t = 0; t < clips.dim(1); t++) {
            for (int y = 0; y < size; y++) {
                for (int x = 0; x < size; x++) {
                    int a = (position & 1) == 0 ? y : size - 1 - y;
                    int b = (position & 2) == 0 ? x : size - 1 - x;
                    int row = top + ((position & 4) == 0 ? a : b);
                    int column = left + ((position & 4) == 0 ? b : a);
                    clips.set(frames.get(0, t0 + t, row, column, 0), k, t, y, x, 0);
                }
            }
        }
    }
}
