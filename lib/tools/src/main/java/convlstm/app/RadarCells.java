package convlstm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import convlstm.rain.RadarEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The cells tagged {@code radar}: made from radar frames of a folder that the reader names. Where none is named they show
 * what is stored in the kit's data, and a refresh keeps their outputs, and the digest of the code that made them.
 */
final class RadarCells {
    /** In a notebook's metadata: for each code cell the digest of the code that made its outputs. */
    static final String OUTPUTS_OF = "outputs_of";

    private RadarCells() {}

    /** Whether a cell has the tag. */
    static boolean isOne(JsonNode cell) {
        return cell.path("metadata").path("tags").toString().contains("\"radar\"");
    }

    /** Puts the stored outputs of cells that lack their frames into the executed copy of a notebook. */
    static void keepOutputs(Path notebook, Path executed) throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode stored = json.readTree(notebook.toFile());
        ObjectNode copy = (ObjectNode) json.readTree(executed.toFile());
        boolean kept = false;
        for (int k = 0; k < stored.path("cells").size(); k++) {
            JsonNode cell = stored.path("cells").path(k);
            if (isOne(cell) && RadarEvent.folder().isEmpty()) {
                String id = cell.path("id").asText();
                ((ObjectNode) copy.path("cells").path(k)).set("outputs", cell.path("outputs"));
                copy.withObject("/metadata/" + OUTPUTS_OF)
                        .put(id, stored.path("metadata").path(OUTPUTS_OF).path(id).asText());
                kept = true;
            }
        }
        if (kept) {
            Files.writeString(executed, json.writer(Assignments.nbformat()).writeValueAsString(copy) + "\n");
        }
    }
}
