package convlstm.app.grade;

import java.io.PrintStream;
import java.util.Locale;

/** One line on a terminal that says how far a batch is; nothing where output goes to a file. */
final class ProgressBar {
    private static final int WIDTH = 30;

    private final int total;
    private final PrintStream out;
    private final boolean interactive;
    private final long start = System.nanoTime();
    private int done;

    ProgressBar(int total, PrintStream out, boolean interactive) {
        this.total = total;
        this.out = out;
        this.interactive = interactive;
        show("");
    }

    void step(String name) {
        done++;
        show(name);
    }

    private void show(String name) {
        if (!interactive) {
            return;
        }
        int filled = WIDTH * done / total;
        double left = (System.nanoTime() - start) / 1e9 / Math.max(done, 1) * (total - done);
        out.printf(Locale.ROOT, "\r\033[K[%s%s] %d of %d%s %s", "#".repeat(filled), ".".repeat(WIDTH - filled), done,
                total, done == 0 ? "" : String.format(Locale.ROOT, ", about %.0f s left", left), name);
        out.print(done == total ? "\r\033[K" : "");
        out.flush();
    }
}
