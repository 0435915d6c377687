package convlstm.app.grade;

import java.util.List;
import java.util.Set;

/**
 * What a {@link Worker} is asked: cells to run in this order in a fresh Java, the last of which gives the points.
 *
 * @param steps the cells
 * @param seconds the longest that any of them may take
 */
record Job(List<Step> steps, double seconds) {
    /**
     * A cell to run.
     *
     * @param cell how a report names it
     * @param byStudent whether a student wrote it
     * @param source its text
     * @param reserved names that it may not declare, because the cells around it mean something else by them
     */
    record Step(String cell, boolean byStudent, String source, Set<String> reserved) {}

    /**
     * How a job ended.
     *
     * @param end how
     * @param cell the cell in which it ended: the last one, unless another ended the Java
     * @param points what the last cell's last expression gave; 0 without it
     * @param remarks what went wrong on the way
     * @param output what the last cell printed
     * @param errors what the cells printed to System.err; it costs nothing
     */
    record Verdict(End end, String cell, double points, List<Remark> remarks, String output, String errors) {}

    /** How a job ended. */
    enum End {
        /** The last cell gave points. */
        SCORED,
        /** The last cell gave nothing that can be read as points. */
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

    /** What went wrong in a cell. */
    record Remark(String cell, String text) {}

    /** The same without some cells. */
    Job without(Set<String> cells) {
        return new Job(steps.stream().filter(step -> !cells.contains(step.cell())).toList(), seconds);
    }
}
