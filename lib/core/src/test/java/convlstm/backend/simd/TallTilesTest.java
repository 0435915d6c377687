package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@link TallTiles} is what this test makes of {@link Tiles}: the same lines for more rows. */
class TallTilesTest {
    private static final Path ROOM = Path.of("lib/core/src/main/java/convlstm/backend/simd");
    private static final int ROWS = 12;

    /** What names the last of four rows: its sums, the place of its values in a, and the index of that. */
    private static final Pattern LAST = Pattern
            .compile("\\b(?<name>[sa])3(?<column>\\d?)\\b|\\b(?<index>[mp]) \\+ 3\\b");

    @Test
    void theTilesOfTwelveRowsAreThoseOfFourWithMoreRows() throws IOException {
        String tiles = Files.readString(ROOM.resolve("Tiles.java"));
        Path file = ROOM.resolve("TallTiles.java");
        String stored = Files.readString(file);
        String gather = tall(method(tiles, "gather4"));
        String made = stored.substring(0, stored.indexOf("    /** {@link Tiles#gather}")) + String.join("\n",
                "    /** {@link Tiles#gather} for 12 rows. */",
                gather.replace("gather4", "gather12"),
                "    /** {@link Tiles#gather} for 12 rows and one vector of columns. */",
                narrow(gather).replace("gather4", "gatherNarrow"),
                "    /** {@link Tiles#outer} for 12 rows. */",
                tall(method(tiles, "outer4")).replace("outer4", "outer12")) + "}\n";
        Path fresh = Files.writeString(Files.createDirectories(Path.of("target")).resolve("TallTiles.java"), made);
        assertEquals(made, stored, "Hint: " + file + " is made from Tiles.java; after a change there take " + fresh);
    }

    /** A method of Tiles from its first line to its closing brace. */
    private static String method(String source, String name) {
        int from = source.indexOf("    private static void " + name + "(");
        return source.substring(from, source.indexOf("\n    }\n", from) + "\n    }\n".length())
                .replaceFirst("private static", "static");
    }

    /** Each group of lines about the last of four rows, and the step before it, once more for each further row. */
    private static String tall(String method) {
        List<String> lines = method.lines().toList();
        List<String> tall = new ArrayList<>();
        List<String> group = new ArrayList<>();
        for (int k = 0; k < lines.size(); k++) {
            tall.add(lines.get(k));
            if (!isLast(lines.get(k))) {
                continue;
            }
            if (group.isEmpty() && lines.get(k - 1).strip().startsWith("at +=")) {
                group.add(lines.get(k - 1));
            }
            group.add(lines.get(k));
            if (!isLast(lines.get(k + 1))) {
                for (int row = 4; row < ROWS; row++) {
                    for (String line : group) {
                        tall.add(ofRow(line, row));
                    }
                }
                group.clear();
            }
        }
        return text(tall);
    }

    private static boolean isLast(String line) {
        return LAST.matcher(line).find();
    }

    private static String ofRow(String line, int row) {
        return LAST.matcher(line).replaceAll(m -> m.group("name") == null
                ? m.group("index") + " + " + row
                : m.group("name") + Integer.toHexString(row) + m.group("column"));
    }

    /** Without the second of the two vectors in each row. */
    private static String narrow(String method) {
        return text(method.lines().filter(line -> !line.matches(".*\\b(s[\\da-f]1|b1)\\b.*"))
                .map(line -> line.replaceAll("\\bs([\\da-f])0\\b", "s$1").replace("COLUMNS", "L")).toList());
    }

    private static String text(List<String> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
}
