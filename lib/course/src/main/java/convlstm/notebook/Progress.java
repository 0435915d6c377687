package convlstm.notebook;

import convlstm.model.History;
import convlstm.model.Trainer;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * One line that says how far a training is, updated in place.
 *
 * <p>The line goes to whoever shows it: in a notebook, where only the kernel can change what is on the page,
 *
 * <pre>{@code
 * String id = display("starting");
 * trainer.listener(new Progress("ConvLSTM2D", line -> updateDisplay(id, line)));
 * }</pre>
 */
public final class Progress implements Trainer.Listener {
    private static final double SECONDS_BETWEEN_LINES = 0.5;

    private final String name;
    private final Consumer<String> show;
    private final long start = System.nanoTime();
    private double shown = Double.NEGATIVE_INFINITY;

    /**
     * A progress line.
     *
     * @param name what is trained
     * @param show takes each new line in place of the last one
     */
    public Progress(String name, Consumer<String> show) {
        this.name = name;
        this.show = show;
    }

    /** A progress line for a terminal; where output goes to a file, only the lines that end an epoch. */
    public static Trainer.Listener terminal(String name, PrintStream out) {
        boolean interactive = System.console() != null && System.console().isTerminal();
        Progress line = new Progress(name, text -> {
            out.print(interactive ? "\r\033[K" + text : text);
            out.flush();
        });
        return new Trainer.Listener() {
            @Override
            public void batch(int epoch, int epochs, int batch, int batches, double loss) {
                if (interactive) {
                    line.batch(epoch, epochs, batch, batches, loss);
                }
            }

            @Override
            public void epoch(History.Epoch done, int epochs) {
                line.epoch(done, epochs);
                out.println();
            }
        };
    }

    @Override
    public void batch(int epoch, int epochs, int batch, int batches, double loss) {
        double seconds = seconds();
        if (seconds - shown < SECONDS_BETWEEN_LINES) {
            return;
        }
        shown = seconds;
        double done = (epoch - 1 + batch / (double) batches) / epochs;
        double left = seconds / done - seconds;
        show.accept(String.format(Locale.ROOT, "%s: epoch %d of %d, batch %d of %d, loss %.4f, about %.0f s left", name,
                epoch, epochs, batch, batches, loss, left));
    }

    @Override
    public void epoch(History.Epoch done, int epochs) {
        String validation = Double.isNaN(done.validationLoss())
                ? ""
                : String.format(Locale.ROOT, ", validation loss %.4f", done.validationLoss());
        show.accept(String.format(Locale.ROOT, "%s: epoch %d of %d done after %.0f s, loss %.4f%s", name, done.epoch(),
                epochs, seconds(), done.loss(), validation));
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }
}
