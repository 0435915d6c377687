package convlstm.tensor;

/** Refuses arguments in one form everywhere: which, what was expected, what came, and a hint where one helps. */
public final class Arguments {
    private Arguments() {}

    /** @throws IllegalArgumentException unless {@code ok} */
    public static void require(boolean ok, String argument, Object expected, Object got) {
        if (!ok) {
            throw new IllegalArgumentException(argument + ": expected " + expected + ", got " + got);
        }
    }

    /** The same with what to do about it. */
    public static void require(boolean ok, String argument, Object expected, Object got, String hint) {
        require(ok, argument, expected, got + ". Hint: " + hint);
    }
}
