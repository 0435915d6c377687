package convlstm.app.grade;

import convlstm.app.LabException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file that was handed in.
 *
 * @param student whose folder it is in; without folders, the file's name
 * @param path within the folder of submissions, with slashes
 */
record Submission(String student, String path, Path file) {
    /**
     * The notebooks below a folder, in the order of their paths: {@code STUDENT/A1/A1.ipynb} as nbgrader collects them,
     * {@code STUDENT/A1.ipynb} or {@code STUDENT.ipynb}. Links are not followed, since they may lead anywhere.
     */
    static List<Submission> find(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new LabException("submissions: expected a folder with notebooks, got " + folder.toAbsolutePath()
                    + ". Hint: mvn -q -Drun=grade -Dsubmissions=FOLDER");
        }
        List<Submission> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Submission::isNotebook).sorted().toList()) {
                Path path = folder.relativize(file);
                String first = path.getName(0).toString();
                found.add(new Submission(path.getNameCount() == 1 ? first.replaceFirst("\\.ipynb$", "") : first,
                        path.toString().replace('\\', '/'), file));
            }
        }
        if (found.isEmpty()) {
            throw new LabException("submissions: expected notebooks (.ipynb) in " + folder.toAbsolutePath()
                    + " or folders in it, got none");
        }
        return found;
    }

    private static boolean isNotebook(Path file) {
        return file.toString().endsWith(".ipynb") && !file.toString().contains(".ipynb_checkpoints")
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** The assignment that it answers: the one with most names in common, else the one that its path names. */
    Optional<Assignment> assignment(List<Assignment> all, Optional<Notebook> notebook) {
        Optional<Assignment> byCells = notebook.flatMap(read -> all.stream()
                .max(Comparator.comparingLong(a -> a.shared(read))).filter(a -> a.shared(read) > 0));
        return byCells.or(() -> all.stream()
                .filter(a -> path.matches("(?i)(.*[^a-z0-9])?" + Pattern.quote(a.name())
                        + "([^a-z0-9].*)?"))
                .findFirst());
    }
}
