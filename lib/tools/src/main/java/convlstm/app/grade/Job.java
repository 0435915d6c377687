package convlstm.app.grade;

import java.util.List;
import java.util.Set;

/**
 * What a {@link Worker} is asked: cells to run in this order in a fresh Java, those with checks among them.
 *
 * @param token begins every line of the answer; nobody else knows it
 * @param steps the cells
 * @param seconds the longest that any of them may take
 * @param total the longest that all of them may take
 */
record Job(String token, List<Step> steps, double seconds, double total) {
    /**
     * A cell to run.
     *
     * @param cell how a report names it
     * @param byStudent whether a student wrote it
     * @param test whether it has a question's checks
     * @param source its text
     * @param reserved names that it may not declare, because the cells around it mean something else by them
     */
    record Step(String cell, boolean byStudent, boolean test, String source, Set<String> reserved) {}

    /**
     * What came of a cell with checks and of those since the one before it, or of the cell that ended the Java.
     *
     * @param end how the cell ended
     * @param cell which
     * @param checks what came of each check, in order
     * @param remarks what went wrong on the way
     * @param uses what the student's cells call that an instructor should know of
     * @param output what was printed while the cell with checks ran
     * @param errors what the cells printed to System.err; it costs nothing
     * @param seconds how long they took
     */
    record Verdict(
            End end, String cell, List<Check> checks, List<Remark> remarks, Set<Use> uses, String output,
            String errors, double seconds) {
        static Verdict ended(End end, String cell) {
            return new Verdict(end, cell, List.of(), List.of(), Set.of(), "", "", 0);
        }

        /** The points of the checks that passed, and of nothing else. */
        double points() {
            return checks.stream().filter(Check::passed).mapToDouble(Check::points).sum();
        }
    }

    /**
     * What came of a check.
     *
     * @param hidden whether students do not see it before they hand in
     * @param reason why it failed
     */
    record Check(String what, double points, boolean passed, boolean hidden, String reason) {}

    enum End {
        /** The last cell came to its end. */
        SCORED,
        /** The last cell did not come to its end. */
        NO_SCORE,
        /** A cell took longer than it may. */
        TIME,
        /** A cell took more memory than it may. */
        MEMORY,
        /** A cell, or what it called, ended the Java. */
        EXIT,
        /** The compiler did not come to an end with a cell, or broke down on it. */
        COMPILER
    }

    record Remark(String cell, String text) {}

    /** Something that a cell calls: {@code java.nio.file.Files.write}; refused if it was not run for that. */
    record Use(String cell, String what, boolean refused) {}

    /** The same without some cells, and with less time. */
    Job without(Set<String> cells, double left) {
        return new Job(token, steps.stream().filter(step -> !cells.contains(step.cell())).toList(), seconds, left);
    }
}
