package convlstm.app;

/** A fault that the reader can mend. The message says what is wrong and what to do; no stack trace is shown. */
final class LabException extends RuntimeException {
    LabException(String message) {
        super(message);
    }

    LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
