package convlstm.app;

/** A fault that the reader can mend. The message says what is wrong and what to do; no stack trace is shown. */
public final class LabException extends RuntimeException {
    public LabException(String message) {
        super(message);
    }

    /** A fault whose cause says all that there is to say. */
    public LabException(Throwable cause) {
        this(String.valueOf(cause.getMessage()), cause);
    }

    public LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
