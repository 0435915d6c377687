package convlstm.app.grade;

import java.util.List;

/**
 * A submission and what it is worth.
 *
 * @param student whose it is
 * @param assignment which one; empty if it cannot be told
 * @param path of the file, within the folder of submissions
 * @param named the name that stands in the notebook; empty if there is none
 * @param remarks what an instructor should know of the whole
 */
record Graded(
        String student, String assignment, String path, String named, List<Mark> marks, List<String> remarks,
        double seconds) {

    /** How a question came out. */
    enum Status {
        CORRECT("correct"),
        PARTIAL("partly correct"),
        WRONG("wrong"),
        UNANSWERED("unanswered"),
        MISSING("cell missing"),
        TOO_SLOW("out of time"),
        TOO_MUCH_MEMORY("out of memory"),
        ENDED_JAVA("ended Java"),
        NOT_GRADED("not graded"),
        BY_HAND("to be graded by hand"),
        UNREADABLE("unreadable");

        private final String words;

        Status(String words) {
            this.words = words;
        }

        /** What so many of so many points are. */
        static Status of(double points, double max) {
            return points >= max ? CORRECT : points > 0 ? PARTIAL : WRONG;
        }

        /** As a report says it. */
        String words() {
            return words;
        }
    }

    /**
     * What a question is worth.
     *
     * @param title the heading above it
     * @param max the points that there are
     * @param feedback what its checks say, and what went wrong on the way
     * @param answer what the student wrote
     */
    record Mark(
            String gradeId, String title, Status status, double points, double max, List<String> feedback,
            String answer, double seconds) {}

    double points() {
        return marks.stream().mapToDouble(Mark::points).sum();
    }

    double max() {
        return marks.stream().mapToDouble(Mark::max).sum();
    }

    /** The points that are still to be given by hand. */
    double byHand() {
        return marks.stream().filter(m -> m.status() == Status.BY_HAND).mapToDouble(Mark::max).sum();
    }
}
