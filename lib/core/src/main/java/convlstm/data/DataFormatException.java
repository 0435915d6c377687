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

    /** The same, with what was thrown underneath. */
    public DataFormatException(String file, String expected, String got, String hint, Throwable cause) {
        this(file, expected, got, hint);
        initCause(cause);
    }
}
