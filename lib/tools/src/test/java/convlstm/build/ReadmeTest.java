package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.notebook.Diagrams;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** What the README shows is true: pictures, programs, links. lib/README's example is run by {@link AnotherProjectTest}. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");

    /** All pages that people read, each with what belongs to it. */
    private static final List<Path> PAGES = List.of(README, Path.of("lib/README.md"), Path.of("notebooks/README.md"),
            Path.of("notebooks/assignments/README.md"), Path.of("data/README.md"), Path.of(".github/CONTRIBUTING.md"),
            Path.of(".github/SECURITY.md"));

    /** It is drawn by code and stored: after a change to the drawing the stored one must be drawn anew. */
    @Test
    void thePictureIsTheOneThatTheCodeDraws() throws IOException {
        Matcher picture = Pattern.compile("!\\[([^\\]]{80,})]\\(([^)]+\\.png)\\)", Pattern.DOTALL)
                .matcher(Files.readString(README));
        assertTrue(picture.find(), "README.md has a picture with a text for those who cannot see it");
        BufferedImage stored = ImageIO.read(Path.of(picture.group(2)).toFile());
        BufferedImage drawn = ImageIO.read(new ByteArrayInputStream(Diagrams.stateTransitions().bytes()));
        assertEquals(drawn.getWidth() + "x" + drawn.getHeight(), stored.getWidth() + "x" + stored.getHeight());
        int different = 0; // letters differ from one computer's fonts to another's
        for (int y = 0; y < drawn.getHeight(); y++) {
            for (int x = 0; x < drawn.getWidth(); x++) {
                different += drawn.getRGB(x, y) == stored.getRGB(x, y) ? 0 : 1;
            }
        }
        assertTrue(different < 0.05 * drawn.getWidth() * drawn.getHeight(),
                different + " pixels differ. Hint: mvn -q -Drun=picture");
    }

    @Test
    void everyProgramIsInTheTable() throws IOException {
        StringBuilder pages = new StringBuilder();
        for (Path page : PAGES) {
            pages.append(Files.readString(page));
        }
        List<String> programs = Pattern.compile(" put\\(\"(\\w+)\"")
                .matcher(Files.readString(Path.of("lib/tools/src/main/java/convlstm/app/Main.java"))).results()
                .map(program -> program.group(1)).toList();
        assertTrue(programs.size() > 10, programs.toString());
        List<String> missing = programs.stream()
                .filter(name -> !List.of("lab", "jars", "ptx", "jmh").contains(name)) // plain mvn; the makers' own
                .filter(name -> pages.indexOf("-Drun=" + name) < 0)
                .toList();
        assertEquals(List.of(), missing, "programs of Main that no page names");
    }

    @Test
    void linkedFilesExist() throws IOException {
        for (Path page : PAGES) {
            List<String> missing = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)").matcher(Files.readString(page))
                    .results()
                    .map(link -> link.group(1))
                    .filter(link -> !Files.exists(page.resolveSibling(link)))
                    .toList();
            assertEquals(List.of(), missing, page + ": links to files that are not there");
        }
    }

    /** The files to read in an hour: their lines, as the table says, and together an hour. */
    @Test
    void theReadingOrderTellsHowMuchThereIsToRead() throws IOException {
        Path page = Path.of("lib/README.md");
        int minutes = 0;
        List<String> wrong = new ArrayList<>();
        for (MatchResult row : Pattern.compile("(?m)^\\| \\d \\| (.*) \\| (\\d+) \\| (\\d+) \\| .*$")
                .matcher(Files.readString(page)).results().toList()) {
            int lines = 0;
            for (MatchResult link : Pattern.compile("]\\(([^)]+\\.java)\\)").matcher(row.group(1)).results().toList()) {
                lines += Files.readAllLines(page.resolveSibling(link.group(1))).size();
            }
            if (Math.abs(lines - Integer.parseInt(row.group(2))) > lines / 20) {
                wrong.add(lines + " lines in " + row.group(1));
            }
            minutes += Integer.parseInt(row.group(3));
        }
        assertEquals(List.of(), wrong, page + ": rows whose files have another number of lines by now");
        assertEquals(60, minutes, page + ": minutes to read, together");
    }

    @Test
    void theFirstPageStaysShort() throws IOException {
        assertTrue(Files.size(README) <= 9_000, README + " has " + Files.size(README)
                + " bytes. Hint: what is not for everybody's first minute belongs to another page");
    }
}
