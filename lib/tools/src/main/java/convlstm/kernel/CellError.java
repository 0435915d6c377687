package convlstm.kernel;

import java.util.List;

/** Why a cell failed, in the words that the reader sees. */
final class CellError extends Exception {
    private final String name;
    private final int cell;
    private final transient List<String> lines;

    /**
     * An error.
     *
     * @param name what kind: {@code NullPointerException}
     * @param message what is wrong, on one line
     * @param cell the number of the cell that was run
     * @param lines the report, message included
     */
    CellError(String name, String message, int cell, List<String> lines) {
        super(message);
        this.name = name;
        this.cell = cell;
        this.lines = List.copyOf(lines);
    }

    String name() {
        return name;
    }

    int cell() {
        return cell;
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
