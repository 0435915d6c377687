package convlstm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.data.Shipped;
import convlstm.evidence.Radar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Copies what notebook 08 drew from radar frames into {@code data/radar}, where it finds it when there are no frames. To be
 * run after the notebook was refreshed with them:
 *
 * <pre>java -cp "target/jars/*:lib/tools/target/test-classes" convlstm.app.RadarPictures</pre>
 */
public final class RadarPictures {
    private static final Pattern PNG = Pattern.compile("data:image/png;base64,([\\w+/=]+)");

    private RadarPictures() {}

    /** Runs the recipe in the folder of the kit. */
    public static void main(String[] args) throws IOException {
        Checkout kit = Checkout.here();
        for (Map.Entry<String, byte[]> file : of(kit.notebooks().resolve("08-rain.ipynb")).entrySet()) {
            Path path = kit.data().resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
            Shipped.add(kit.data(), file.getKey());
        }
    }

    /** What a notebook stores under the cells tagged {@code radar}: a PNG for each event and the printed lines. */
    static Map<String, byte[]> of(Path notebook) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        StringBuilder lines = new StringBuilder();
        Iterator<String> events = Radar.EVENTS.iterator();
        for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).path("cells")) {
            if (RadarCells.isOne(cell)) {
                for (JsonNode output : cell.path("outputs")) {
                    output.path("text").forEach(line -> lines.append(line.asText()));
                    for (MatchResult png : PNG.matcher(output.path("data").toString()).results().toList()) {
                        files.put("radar/" + events.next() + ".png", Base64.getDecoder().decode(png.group(1)));
                    }
                }
            }
        }
        files.put("radar/lines.txt", lines.toString().getBytes(StandardCharsets.UTF_8));
        return files;
    }
}
