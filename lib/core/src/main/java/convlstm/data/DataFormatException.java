package convlstm.data;

import java.io.IOException;

/**
 * A file that is there and can be read but is not what it claims to be: truncated, corrupt, of the wrong shape or type,
 * or made to harm. The message names the file, what was expected, what came, and what to do about it.
 */
public final class DataFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Names the file, what was expected, what came, and what to do about it. */
    public DataFormatException(String file, String expected, String got, String hint) {
        super(file + ": expected " + expected + ", got " + got + ". Hint: " + hint);
    }

    private boolean unsuited;

    /** For an array that is intact and holds what the kit has no use for: others beside it may be read. */
    static DataFormatException unsuited(String file, String expected, String got, String hint) {
        DataFormatException e = new DataFormatException(file, expected, got, hint);
        e.unsuited = true;
        return e;
    }

    /** Whether the file is intact. */
    boolean isUnsuited() {
        return unsuited;
    }

    /** The same, with what was thrown underneath. */
    public DataFormatException(String file, String expected, String got, String hint, Throwable cause) {
        this(file, expected, got, hint);
        initCause(cause);
    }
}
