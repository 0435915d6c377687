package convlstm.app;

/**
 * One line of the doctor's report.
 *
 * @param part what was looked at: {@code JDK}
 * @param mark how it is
 * @param says what was found
 * @param where a path on this computer, or empty: shown in a terminal, left out in notebooks, whose outputs are shared
 * @param fix what to do, in the reader's words; empty if it is good
 */
record Finding(String part, Mark mark, String says, String where, String fix) {
    /** How a part is. */
    enum Mark {
        /** As it should be. */
        GOOD("ok"),
        /** Not needed, or not yet there; the course runs without. */
        NOTE("note"),
        /** The course, or a part of it, will not run. */
        WRONG("FIX");

        final String label;

        Mark(String label) {
            this.label = label;
        }
    }

    static Finding good(String part, String says) {
        return new Finding(part, Mark.GOOD, says, "", "");
    }

    static Finding note(String part, String says, String fix) {
        return new Finding(part, Mark.NOTE, says, "", fix);
    }

    static Finding wrong(String part, String says, String fix) {
        return new Finding(part, Mark.WRONG, says, "", fix);
    }

    /** The same, with a path. */
    Finding at(Object path) {
        return new Finding(part, mark, says, path.toString(), fix);
    }

    String line(boolean paths) {
        String place = paths && !where.isEmpty() ? " (" + where + ")" : "";
        return "%-4s  %-12s %s%s".formatted(mark.label, part, says, place)
                + (fix.isEmpty() ? "" : "\n                   -> " + fix);
    }
}
