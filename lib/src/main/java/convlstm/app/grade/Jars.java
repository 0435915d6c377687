package convlstm.app.grade;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The jars that grading rests on, as they were when it began. An isolated submission cannot change one; another can, and
 * then it is the next student who would pay for it.
 */
final class Jars {
    private final Map<Path, String> before = new LinkedHashMap<>();

    Jars(Worker.Setting setting) throws IOException {
        boolean watched = setting.isolation() == Isolation.NONE;
        List<Path> jars = Stream.concat(Arrays.stream(setting.classPath().split(File.pathSeparator)),
                Stream.of(setting.instructorJar())).filter(jar -> jar.matches(".*convlstm[^/\\\\]*\\.jar"))
                .map(Path::of).toList();
        for (Path jar : watched ? jars : List.<Path>of()) {
            before.put(jar, Inbox.fingerprint(Files.readAllBytes(jar)));
        }
    }

    /** @throws IOException if one was changed; the message says which */
    void mustBeAsTheyWere() throws IOException {
        for (Map.Entry<Path, String> jar : before.entrySet()) {
            if (!Files.isRegularFile(jar.getKey())
                    || !Inbox.fingerprint(Files.readAllBytes(jar.getKey())).equals(jar.getValue())) {
                throw new IOException(jar.getKey().getFileName() + " was changed while submissions were graded. Hint:"
                        + " build with mvn, then grade with --resume, which takes over what was graded before");
            }
        }
    }
}
