package convlstm.backend.cuda;

/** A call into the driver that failed: which one, and with which of the driver's error codes. */
final class DriverException extends IllegalStateException {
    /** Reasons of our own; the driver's begin at 1. No library of that name. */
    static final int NO_LIBRARY = -1;

    /** Java was started without {@code --enable-native-access}. */
    static final int NO_NATIVE_ACCESS = -3;

    /** The driver's version is too low, or a function is not there. */
    static final int DRIVER_TOO_OLD = -2;

    static final int OUT_OF_MEMORY = 2;
    static final int STUB_LIBRARY = 34;
    static final int NO_DEVICE = 100;
    static final int NO_BINARY_FOR_GPU = 209;
    static final int NO_JIT_COMPILER = 221;
    static final int UNSUPPORTED_PTX_VERSION = 222;
    static final int NOT_FOUND = 500;
    static final int ILLEGAL_ADDRESS = 700;
    static final int SYSTEM_DRIVER_MISMATCH = 803;

    private final int code;

    DriverException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** The driver's error code, as in its header {@code cuda.h}. */
    int code() {
        return code;
    }
}
