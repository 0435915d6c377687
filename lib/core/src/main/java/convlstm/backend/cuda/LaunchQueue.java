package convlstm.backend.cuda;

import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects launches until somebody waits for their results, and hands them to the driver together. A list that comes
 * again (the same kernels at the same sizes: a training step, the next one) becomes a CUDA graph, and from then on one
 * call starts all of it; only arguments that differ from the last time, such as Adam's rate, are told to the driver
 * before. So a recurrent loop of hundreds of short kernels is not bound by the time that a launch takes, and nobody
 * above has to know.
 */
final class LaunchQueue implements AutoCloseable {
    /** More launches than a training step has; the queue is not to grow without end. */
    static final int MOST_LAUNCHES = 8192;

    /** Below this, a graph saves nothing. */
    static final int FEWEST_LAUNCHES = 4;

    /** Lists that are remembered; the one used least recently is forgotten. */
    static final int MOST_LISTS = 16;

    /** A list that was seen: only once, or also made into a graph. */
    private static final class Seen {
        private List<Launch> launches;
        private long graph;
        private long executable;
        private final List<Long> nodes = new ArrayList<>();

        private Seen(List<Launch> launches) {
            this.launches = launches;
        }
    }

    private final Driver driver;
    private final long stream;
    private final LinkedList<Seen> seen = new LinkedList<>();
    private List<Launch> queue = new ArrayList<>();

    LaunchQueue(Driver driver, long stream) {
        this.driver = driver;
        this.stream = stream;
    }

    void add(Launch l) {
        queue.add(l);
        if (queue.size() == MOST_LAUNCHES) {
            flush();
        }
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** True if a launch that was not handed over yet may use memory in this range of addresses. */
    boolean uses(long from, long to) {
        return queue.stream().anyMatch(l -> l.uses(from, to));
    }

    /** Hands everything over to the driver. */
    void flush() {
        if (queue.isEmpty()) {
            return;
        }
        List<Launch> launches = queue;
        queue = new ArrayList<>(launches.size());
        if (launches.size() < FEWEST_LAUNCHES) {
            launches.forEach(this::launch);
            return;
        }
        Seen before = find(launches);
        if (before == null) {
            launches.forEach(this::launch);
            remember(new Seen(launches));
        } else if (before.executable == 0 && !record(before, launches)) {
            launches.forEach(this::launch);
        } else {
            update(before, launches);
            driver.launchGraph(before.executable, stream);
        }
    }

    private void launch(Launch l) {
        try {
            driver.launch(l, stream);
        } catch (DriverException e) {
            throw new DriverException(e.code(), l + ": " + e.getMessage());
        }
    }

    /** The list with the same kernels at the same sizes, which is now the most recent; or null. */
    private @Nullable Seen find(List<Launch> launches) {
        for (Seen s : seen) {
            if (same(s.launches, launches)) {
                seen.remove(s);
                seen.addFirst(s);
                return s;
            }
        }
        return null;
    }

    private static boolean same(List<Launch> a, List<Launch> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int k = 0; k < a.size(); k++) {
            if (!a.get(k).sameKernelAndSize(b.get(k))) {
                return false;
            }
        }
        return true;
    }

    private void remember(Seen s) {
        seen.addFirst(s);
        if (seen.size() > MOST_LISTS) {
            forget(seen.removeLast());
        }
    }

    /** Makes a chain of the launches, each after the one before. False if there is no memory for it: then without. */
    private boolean record(Seen s, List<Launch> launches) {
        try {
            s.graph = driver.createGraph();
            long last = 0;
            for (Launch l : launches) {
                last = driver.addNode(s.graph, last, l);
                s.nodes.add(last);
            }
            s.executable = driver.instantiate(s.graph);
            s.launches = launches;
            return true;
        } catch (DriverException e) {
            forget(s);
            if (e.code() == DriverException.OUT_OF_MEMORY) {
                return false;
            }
            throw e;
        }
    }

    private void update(Seen s, List<Launch> launches) {
        try {
            for (int k = 0; k < launches.size(); k++) {
                if (!launches.get(k).sameArguments(s.launches.get(k))) {
                    driver.setNode(s.executable, s.nodes.get(k), launches.get(k));
                }
            }
            s.launches = launches;
        } catch (DriverException e) {
            forget(s); // some nodes have new arguments already: no list says which
            throw e;
        }
    }

    private void forget(Seen s) {
        seen.remove(s);
        if (s.executable != 0) {
            driver.destroyExecutable(s.executable);
        }
        if (s.graph != 0) {
            driver.destroyGraph(s.graph);
        }
    }

    /** Forgets what was not handed over, and every graph. */
    @Override
    public void close() {
        queue.clear();
        while (!seen.isEmpty()) {
            forget(seen.getFirst());
        }
    }
}
