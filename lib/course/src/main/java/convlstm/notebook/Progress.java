package convlstm.notebook;

import convlstm.model.History;
import convlstm.model.Trainer;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

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
    private static final double SECONDS_WITHOUT_ESTIMATE = 2;
    private static final double RECENT_SECONDS = 5;

    private final String name;
    private final Consumer<String> show;
    private final LongSupplier nanos;
    private final long start;
    private final Deque<double[]> recent = new ArrayDeque<>(); // seconds, share done
    private double shown = Double.NEGATIVE_INFINITY;
    private String continues = "";

    /**
     * A progress line.
     *
     * @param name what is trained
     * @param show takes each new line in place of the last one
     */
    public Progress(String name, Consumer<String> show) {
        this(name, show, System::nanoTime);
    }

    Progress(String name, Consumer<String> show, LongSupplier nanos) {
        this.name = name;
        this.show = show;
        this.nanos = nanos;
        this.start = nanos.getAsLong();
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
            public void begins(int before) {
                line.begins(before);
            }

            @Override
            public void epoch(History.Epoch done, int epochs) {
                line.epoch(done, epochs);
                out.println();
            }

            @Override
            public void stopped(int epoch, int epochs) {
                line.stopped(epoch, epochs);
                out.println();
            }
        };
    }

    /** A model that has been trained before, for example by the same cell, is trained on: the line says so. */
    @Override
    public void begins(int before) {
        if (before > 0) {
            continues = " (continues after " + before + (before == 1 ? " epoch)" : " epochs)");
        }
    }

    @Override
    public void batch(int epoch, int epochs, int batch, int batches, double loss) {
        double seconds = seconds();
        if (seconds - shown < SECONDS_BETWEEN_LINES) {
            return;
        }
        shown = seconds;
        show.accept(
                String.format(Locale.ROOT, "%s%s: epoch %d of %d, batch %d of %d, loss %.4f%s", name, continues, epoch,
                        epochs, batch, batches, loss, left(seconds, (epoch - 1 + batch / (double) batches) / epochs)));
    }

    /** By the speed of the last seconds: the first steps, which Java has not compiled yet, are many times slower. */
    private String left(double seconds, double done) {
        recent.add(new double[] {seconds, done});
        while (recent.size() > 2 && recent.getFirst()[0] < seconds - RECENT_SECONDS) {
            recent.removeFirst();
        }
        double[] before = recent.getFirst();
        if (seconds < SECONDS_WITHOUT_ESTIMATE || done <= before[1]) {
            return "";
        }
        return String.format(Locale.ROOT, ", about %.0f s left",
                (1 - done) * (seconds - before[0]) / (done - before[1]));
    }

    @Override
    public void epoch(History.Epoch done, int epochs) {
        String validation = Double.isNaN(done.validationLoss())
                ? ""
                : String.format(Locale.ROOT, ", validation loss %.4f", done.validationLoss());
        show.accept(String.format(Locale.ROOT, "%s%s: epoch %d of %d done after %.0f s, loss %.4f%s", name, continues,
                done.epoch(), epochs, seconds(), done.loss(), validation));
    }

    @Override
    public void stopped(int epoch, int epochs) {
        show.accept(
                String.format(Locale.ROOT, "%s%s: stopped in epoch %d of %d, after %.0f s; the model keeps what it has"
                        + " learnt", name, continues, epoch, epochs, seconds()));
    }

    private double seconds() {
        return (nanos.getAsLong() - start) / 1e9;
    }
}
