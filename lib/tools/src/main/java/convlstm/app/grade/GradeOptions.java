package convlstm.app.grade;

import convlstm.app.LabException;
import convlstm.app.Options;
import java.nio.file.Path;

/**
 * What is graded, and within which limits.
 *
 * @param submissions the folder of notebooks that were handed in
 * @param source the folder of the instructor's notebooks
 * @param assignment the name of the only one to grade; empty for all
 * @param out where the reports go
 * @param byHand a table of points that a person gave; empty for none
 * @param seconds how long a cell may take, unless its test says otherwise
 * @param total how many seconds a submission may take in all
 * @param heap how much memory the Java of a question may take, as in {@code -Xmx}
 * @param workers how many submissions are graded at a time
 * @param isolation auto, or the one of {@link Isolation}
 * @param resume whether what an earlier run graded is taken over
 */
record GradeOptions(
        Path submissions, Path source, String assignment, Path out, String byHand, double seconds, double total,
        String heap, int workers, String isolation, boolean resume) {
    static final String USAGE = """
            mvn -q -Drun=grade -Dsubmissions=DIR -Dargs="..."
              --submissions DIR   the folder with the notebooks, if -Dsubmissions does not say it:
                                  STUDENT/A1/A1.ipynb, STUDENT/A1.ipynb or STUDENT.ipynb, also in zip archives
              --assignment NAME   the only one to grade; without it, each notebook's cells tell which it is
              --by-hand CSV       questions.csv of an earlier run, its empty points filled in
              --out DIR           where the reports go [default: target/grades]
              --source DIR        the instructor's notebooks [default: notebooks/assignments/source]
              --seconds N         how long a cell may take [default: 30]
              --total N           how many seconds a submission may take in all [default: 600]
              --memory SIZE       how much memory a question's Java may take [default: 1g]
              --workers N         how many submissions are graded at a time; default: one for each core
              --isolation NAME    bubblewrap, podman, docker, none, or auto, the first of these that works [default: auto]
              --resume            takes over what an earlier run into the same folder graded; grades the rest""";

    /**
     * Reads the program's arguments.
     *
     * @param submissions the folder of submissions where {@code --submissions} does not say; may be empty
     * @throws LabException if one is not known or none names the submissions; the message says what there is
     */
    static GradeOptions parse(String submissions, String... args) {
        Options options = Options.parse(USAGE, 0, args);
        String folder = options.has("--submissions") ? options.text("--submissions") : submissions;
        if (folder.isEmpty()) {
            throw new LabException("submissions: expected a folder, got none\n" + USAGE);
        }
        return new GradeOptions(Path.of(folder), Path.of(options.text("--source")), options.text("--assignment"),
                Path.of(options.text("--out")), options.text("--by-hand"), options.count("--seconds"),
                options.count("--total"), options.text("--memory", "[1-9][0-9]*[mg]", "a size as 512m or 2g"),
                options.count("--workers", Runtime.getRuntime().availableProcessors()),
                options.text("--isolation", "auto|bubblewrap|podman|docker|none",
                        "auto, bubblewrap, podman, docker or none"),
                options.has("--resume"));
    }
}
