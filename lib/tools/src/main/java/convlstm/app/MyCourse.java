package convlstm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import convlstm.data.Shipped;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The reader's copy of the course, {@code notebooks/mine}: what JupyterLab opens, so that running a notebook changes no file
 * that git knows, and {@code git pull} meets no conflict. A new version of a notebook replaces the copy as long as only
 * outputs differ from what was copied; where the reader wrote something, it is put beside. {@code mvn clean} leaves the
 * folder alone.
 */
final class MyCourse {
    private static final String COPIED = ".copied.properties";

    private MyCourse() {}

    /** Copies what is missing or new, without what students should not see. Returns what the reader should know. */
    static List<String> update(Checkout kit) throws IOException {
        Path mine = kit.mine();
        Files.createDirectories(mine);
        Properties copied = new Properties();
        Path list = mine.resolve(COPIED);
        if (Files.exists(list)) {
            try (Reader in = Files.newBufferedReader(list)) {
                copied.load(in);
            }
        }
        List<String> says = new ArrayList<>();
        for (Path original : originals(kit)) {
            String name = kit.notebooks().relativize(original).toString().replace('\\', '/');
            String now = fingerprint(original);
            Path copy = mine.resolve(name);
            if (!Files.exists(copy)) {
                copy(original, copy);
            } else if (!now.equals(copied.getProperty(name))) {
                String found = fingerprint(copy);
                if (found.equals(copied.getProperty(name))) {
                    copy(original, copy);
                    says.add(name + ": replaced by its new version.");
                } else if (!found.equals(now)) {
                    Path beside = beside(copy);
                    copy(original, beside);
                    says.add(name + ": there is a new version. Yours is left as it is; the new one is beside it: "
                            + mine.relativize(beside));
                }
            }
            copied.setProperty(name, now);
        }
        try (Writer out = Files.newBufferedWriter(list)) {
            copied.store(out, "What was copied here, so that a new version is told from what a reader wrote");
        }
        return says;
    }

    private static List<Path> originals(Checkout kit) throws IOException {
        List<Path> hidden = List.of(kit.mine(), kit.assignments().resolve("source"),
                kit.assignments().resolve("course"));
        try (Stream<Path> files = Files.walk(kit.notebooks())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> hidden.stream().noneMatch(file::startsWith))
                    .filter(file -> !file.toString().contains(".ipynb_checkpoints"))
                    .sorted()
                    .toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Path beside(Path copy) {
        String name = copy.getFileName().toString();
        int dot = name.lastIndexOf('.');
        for (int i = 1;; i++) {
            Path file = copy.resolveSibling(name.substring(0, dot) + (i == 1 ? " (new)" : " (new " + i + ")")
                    + name.substring(dot));
            if (!Files.exists(file)) {
                return file;
            }
        }
    }

    /** Of what somebody wrote: a notebook's cells without their outputs; of another file, everything. */
    private static String fingerprint(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (file.toString().endsWith(".ipynb")) {
            StringBuilder text = new StringBuilder();
            try {
                for (JsonNode cell : new ObjectMapper().readTree(bytes).path("cells")) {
                    text.append(cell.path("cell_type").asText()).append('\0').append(Notebooks.source(cell))
                            .append('\0');
                }
                bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            } catch (IOException e) {
                // no notebook: every byte counts
            }
        }
        return Shipped.sha256(bytes);
    }
}
