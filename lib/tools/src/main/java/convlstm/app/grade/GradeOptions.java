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
 * @param heap how much memory the Java of a question may take, as in {@code -Xmx}
 * @param workers how many submissions are graded at a time
 */
record GradeOptions(
        Path submissions, Path source, String assignment, Path out, String byHand, double seconds, String heap,
        int workers) {
    static final String USAGE = """
            mvn -q -Drun=grade -Dsubmissions=DIR [-Dargs="[--assignment A1] [--by-hand CSV] [--out DIR] [--source DIR] [--seconds N] [--memory SIZE] [--workers N]"]
              -Dsubmissions  the folder with the notebooks, or --submissions DIR in -Dargs:
                             STUDENT/A1/A1.ipynb, STUDENT/A1.ipynb or STUDENT.ipynb
              --assignment   the only one to grade; without it, each notebook's cells tell which it is
              --by-hand      questions.csv of an earlier run, its empty points filled in
              --out          where the reports go; default target/grades
              --source       the instructor's notebooks; default notebooks/assignments/source
              --seconds      how long a cell may take; default 30
              --memory       how much memory a question's Java may take; default 1g
              --workers      how many submissions are graded at a time; default, one for each core""";

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
        String heap = "1g";
        int workers = Runtime.getRuntime().availableProcessors();
        for (int k = 0; k < args.length; k += 2) {
            String option = args[k];
            String value = k + 1 < args.length ? args[k + 1] : "";
            if (!option.matches("--(submissions|source|assignment|by-hand|out|seconds|memory|workers)")) {
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
                case "--memory" -> heap = memory(value);
                default -> workers = count(option, value);
            }
        }
        if (submissions.isEmpty()) {
            throw new LabException("submissions: expected a folder, got none\n" + USAGE);
        }
        return new GradeOptions(Path.of(submissions), Path.of(source), assignment, Path.of(out), byHand, seconds,
                heap, workers);
    }

    private static int count(String option, String text) {
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw new LabException(option + ": expected a number from 1 to 9999, got '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    private static String memory(String text) {
        if (!text.matches("[1-9][0-9]*[mg]")) {
            throw new LabException("--memory: expected a size as 512m or 2g, got '" + text + "'");
        }
        return text;
    }
}
