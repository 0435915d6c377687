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
    /** Kernels to remember: those of a deep model, forward and backward. */
    private static final int ENTRIES = 64;

    /** Elements that one task compares. */
    private static final int CHUNK = 1 << 15;

    /** Computes a transform into the array given. */
    @FunctionalInterface
    interface Transform {
        void into(float[] transformed);
    }

    /**
     * Which transform of which kernel: the same numbers may be seen as kernels of other shapes, and each kernel has two
     * transforms, for the convolution and for its transpose.
     *
     * @param size elements of the kernel
     * @param channels input channels of the convolution
     * @param length elements of the transform
     */
    record Shape(int size, int channels, int length, boolean transposed) {}

    private record Key(int arrayHash, int at, Shape shape) {}

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

    /** The transform of the kernel that begins at {@code kernel[at]}. */
    float[] get(float[] kernel, int at, Shape shape, Transform transform) {
        Key key = new Key(System.identityHashCode(kernel), at, shape);
        if (!entries.containsKey(key)) {
            entries.values().removeIf(f -> f.kernel.get() == null); // kernels of models that are gone
        }
        Filter filter = entries.computeIfAbsent(key, k -> new Filter());
        float[] copy = filter.copy.atLeast(shape.size);
        float[] transformed = filter.transformed.atLeast(shape.length);
        if (filter.kernel.get() != kernel || !same(kernel, at, copy, shape.size)) {
            System.arraycopy(kernel, at, copy, 0, shape.size);
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
