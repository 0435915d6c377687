package convlstm.backend.simd;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The transforms of the kernels used last. A recurrent layer convolves with the same kernel at every time step, and its
 * transform is larger than the kernel. Nobody tells a backend that a tensor was written to, so each use compares the
 * kernel with a copy of what was transformed: reading is much quicker than transforming.
 */
final class FilterCache {
    /** Kernels to remember: a few layers' recurrent kernels, forward and backward. */
    private static final int ENTRIES = 12;

    private static final int CHUNK = 1 << 15;

    /** Computes a transform into the array given. */
    @FunctionalInterface
    interface Transform {
        void into(float[] transformed);
    }

    /** Where a kernel is; the same one has two transforms, for the convolution and for its transpose. */
    private record Key(int arrayHash, int at, int size, boolean transposed) {}

    private static final class Filter {
        WeakReference<float[]> kernel = new WeakReference<>(null);
        final Scratch copy = new Scratch();
        final Scratch transformed = new Scratch();
    }

    private final Parallel parallel;
    private final Map<Key, Filter> entries = new LinkedHashMap<>(ENTRIES, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Filter> eldest) {
            return size() > ENTRIES;
        }
    };

    FilterCache(Parallel parallel) {
        this.parallel = parallel;
    }

    /** The transform of {@code size} elements of {@code kernel}, of {@code length} elements itself. */
    float[] get(float[] kernel, int at, int size, boolean transposed, int length, Transform transform) {
        Key key = new Key(System.identityHashCode(kernel), at, size, transposed);
        Filter filter = entries.computeIfAbsent(key, k -> new Filter());
        float[] copy = filter.copy.atLeast(size);
        float[] transformed = filter.transformed.atLeast(length);
        if (filter.kernel.get() != kernel || !same(kernel, at, copy, size)) {
            System.arraycopy(kernel, at, copy, 0, size);
            transform.into(transformed);
            filter.kernel = new WeakReference<>(kernel);
        }
        return transformed;
    }

    private boolean same(float[] kernel, int at, float[] copy, int size) {
        AtomicBoolean different = new AtomicBoolean();
        parallel.forEach((size + CHUNK - 1) / CHUNK, (task, worker) -> {
            int from = task * CHUNK;
            int to = Math.min(size, from + CHUNK);
            if (!different.get() && !Arrays.equals(kernel, at + from, at + to, copy, from, to)) {
                different.set(true);
            }
        });
        return !different.get();
    }
}
