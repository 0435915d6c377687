package convlstm.app.grade;

import convlstm.app.LabException;
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
            mvn -q -Drun=grade -Dsubmissions=DIR [-Dargs="[--assignment A1] [--by-hand CSV] [--out DIR] [--source DIR] [--seconds N] [--total N] [--memory SIZE] [--workers N] [--isolation auto] [--resume]"]
              -Dsubmissions  the folder with the notebooks, or --submissions DIR in -Dargs:
                             STUDENT/A1/A1.ipynb, STUDENT/A1.ipynb or STUDENT.ipynb, also in zip archives
              --assignment   the only one to grade; without it, each notebook's cells tell which it is
              --by-hand      questions.csv of an earlier run, its empty points filled in
              --out          where the reports go; default target/grades
              --source       the instructor's notebooks; default notebooks/assignments/source
              --seconds      how long a cell may take; default 30
              --total        how many seconds a submission may take in all; default 600
              --memory       how much memory a question's Java may take; default 1g
              --workers      how many submissions are graded at a time; default, one for each core
              --isolation    bubblewrap, podman, docker or none; default auto, the first of these that works
              --resume       takes over what an earlier run into the same folder graded; grades the rest""";

    /**
     * Reads the program's arguments.
     *
     * @param submissions the folder of submissions where {@code --submissions} does not say; may be empty
     * @throws LabException if one is not known or none names the submissions; the message says what there is
     */
    static GradeOptions parse(String submissions, String... args) {
        String source = "notebooks/assignments/source";
        String assignment = "";
        String out = "target/grades";
        String byHand = "";
        int seconds = 30;
        int total = 600;
        String isolation = "auto";
        boolean resume = false;
        String heap = "1g";
        int workers = Runtime.getRuntime().availableProcessors();
        for (int k = 0; k < args.length; k += 2) {
            String option = args[k];
            if (option.equals("--resume")) {
                resume = true;
                k--; // it has no value
                continue;
            }
            String value = k + 1 < args.length ? args[k + 1] : "";
            if (!option
                    .matches("--(submissions|source|assignment|by-hand|out|seconds|total|memory|workers|isolation)")) {
                throw new LabException("option: expected one of the following, got '" + option + "'\n" + USAGE);
            }
            if (value.isEmpty()) {
                throw new LabException(option + ": expected a value after it, got none\n" + USAGE);
            }
            switch (option) {
                case "--submissions" -> submissions = value;
                case "--source" -> source = value;
                case "--assignment" -> assignment = value;
                case "--by-hand" -> byHand = value;
                case "--out" -> out = value;
                case "--seconds" -> seconds = count(option, value);
                case "--total" -> total = count(option, value);
                case "--isolation" -> isolation = isolation(value);
                case "--memory" -> heap = memory(value);
                default -> workers = count(option, value);
            }
        }
        if (submissions.isEmpty()) {
            throw new LabException("submissions: expected a folder, got none\n" + USAGE);
        }
        return new GradeOptions(Path.of(submissions), Path.of(source), assignment, Path.of(out), byHand, seconds,
                total, heap, workers, isolation, resume);
    }

    private static int count(String option, String text) {
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw new LabException(option + ": expected a number from 1 to 9999, got '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    private static String isolation(String text) {
        if (!text.matches("auto|bubblewrap|podman|docker|none")) {
            throw new LabException(
                    "--isolation: expected auto, bubblewrap, podman, docker or none, got '" + text + "'");
        }
        return text;
    }

    private static String memory(String text) {
        if (!text.matches("[1-9][0-9]*[mg]")) {
            throw new LabException("--memory: expected a size as 512m or 2g, got '" + text + "'");
        }
        return text;
    }
}
