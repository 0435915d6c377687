package convlstm.app.grade;

import java.util.Locale;

/** What a notebook's kernel offers to cells beside Java, for cells that are graded: nobody is there to look. */
public final class KernelMethods {
    private KernelMethods() {}

    /** Shows nothing; the result stands for the id that a kernel gives. */
    public static String display(Object shown, String... as) {
        return "";
    }

    /** Changes nothing. */
    public static void updateDisplay(String id, Object shown, String... as) {}

    /** Prints as the kernel's method does. */
    public static void printf(String format, Object... args) {
        System.out.printf(Locale.ROOT, format, args);
    }
}
