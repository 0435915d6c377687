package convlstm.app.grade;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What is graded, a line of JSON for each submission, written as it is done: whatever ends a batch, this stays. */
final class Journal {
    private final ObjectMapper json = new ObjectMapper();
    private final Path file;
    private final Map<String, Graded> before = new HashMap<>();

    /** @param resume whether what is there is read; else it is written anew */
    Journal(Path file, boolean resume) throws IOException {
        this.file = file;
        Files.createDirectories(file.toAbsolutePath().getParent());
        if (resume && Files.exists(file)) {
            String text = Files.readString(file);
            if (!text.isEmpty() && !text.endsWith("\n")) {
                Files.writeString(file, "\n", StandardOpenOption.APPEND);
            }
            for (String line : text.lines().toList()) {
                try {
                    Graded graded = json.readValue(line, Graded.class);
                    before.put(graded.path(), graded);
                } catch (JacksonException e) { // the half line of a run that was ended
                    System.out.println(
                            "--resume: a line of " + file + " cannot be read; that submission is graded anew.");
                }
            }
        } else {
            Files.deleteIfExists(file);
        }
    }

    /** What an earlier run made of this submission; empty if it did not grade it, or it was changed since. */
    Optional<Graded> graded(Submission submission) {
        return Optional.ofNullable(before.get(submission.path())).filter(Graded::isFinal)
                .filter(g -> g.fingerprint().equals(submission.fingerprint())
                        && g.student().equals(submission.student()));
    }

    void add(Graded graded) throws IOException {
        Files.write(file, (json.writeValueAsString(graded) + "\n").getBytes(StandardCharsets.UTF_8),
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
