package convlstm.app.grade;

import convlstm.app.LabException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

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

    /** The options with a value, what each may be, and how a message says that. */
    private enum Option {
        SUBMISSIONS("", ".+", "a folder"),
        SOURCE("notebooks/assignments/source", ".+", "a folder"),
        ASSIGNMENT("", ".+", "a name"),
        BY_HAND("", ".+", "a file"),
        OUT("target/grades", ".+", "a folder"),
        SECONDS("30", "[1-9][0-9]{0,3}", "a number from 1 to 9999"),
        TOTAL("600", "[1-9][0-9]{0,3}", "a number from 1 to 9999"),
        MEMORY("1g", "[1-9][0-9]*[mg]", "a size as 512m or 2g"),
        WORKERS(Integer.toString(Runtime.getRuntime().availableProcessors()), "[1-9][0-9]{0,3}",
                "a number from 1 to 9999"),
        ISOLATION("auto", "auto|bubblewrap|podman|docker|none", "auto, bubblewrap, podman, docker or none");

        private final String unless;
        private final String pattern;
        private final String words;

        Option(String unless, String pattern, String words) {
            this.unless = unless;
            this.pattern = pattern;
            this.words = words;
        }

        private String said() {
            return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Reads the program's arguments.
     *
     * @param submissions the folder of submissions where {@code --submissions} does not say; may be empty
     * @throws LabException if one is not known or none names the submissions; the message says what there is
     */
    static GradeOptions parse(String submissions, String... args) {
        Map<Option, String> given = new EnumMap<>(Option.class);
        List<String> left = new ArrayList<>(List.of(args));
        boolean resume = left.removeIf("--resume"::equals);
        for (int k = 0; k < left.size(); k += 2) {
            String name = left.get(k);
            Option option = Arrays.stream(Option.values()).filter(o -> o.said().equals(name)).findFirst().orElseThrow(
                    () -> new LabException("option: expected one of the following, got '" + name + "'\n" + USAGE));
            if (k + 1 == left.size() || left.get(k + 1).isEmpty()) {
                throw new LabException(name + ": expected a value after it, got none\n" + USAGE);
            }
            if (!left.get(k + 1).matches(option.pattern)) {
                throw new LabException(name + ": expected " + option.words + ", got '" + left.get(k + 1) + "'");
            }
            given.put(option, left.get(k + 1));
        }
        Function<Option, String> value = option -> given.getOrDefault(option, option.unless);
        String folder = given.getOrDefault(Option.SUBMISSIONS, submissions);
        if (folder.isEmpty()) {
            throw new LabException("submissions: expected a folder, got none\n" + USAGE);
        }
        return new GradeOptions(Path.of(folder), Path.of(value.apply(Option.SOURCE)), value.apply(Option.ASSIGNMENT),
                Path.of(value.apply(Option.OUT)), value.apply(Option.BY_HAND),
                Integer.parseInt(value.apply(Option.SECONDS)), Integer.parseInt(value.apply(Option.TOTAL)),
                value.apply(Option.MEMORY), Integer.parseInt(value.apply(Option.WORKERS)),
                value.apply(Option.ISOLATION), resume);
    }
}
