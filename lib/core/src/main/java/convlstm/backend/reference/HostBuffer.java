package convlstm.backend.reference;

import convlstm.tensor.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A tensor's memory on the CPU backends: a plain Java array, and what faster backends have made of its content. That is
 * freed with it.
 */
public final class HostBuffer extends Buffer {
    /** So many are kept at most: a layer's kernel has two, one for each direction. */
    private static final int MOST = 8;

    private record Derived(Object key, long version, float[] content) {}

    private final float[] array;
    private final List<Derived> derived = new ArrayList<>(0);

    /** Around the elements given. */
    public HostBuffer(float[] array) {
        this.array = array;
    }

    /** The elements. */
    public float[] array() {
        return array;
    }

    /**
     * What a maker makes of the content: kept under its key until the content changes, then made anew in the same memory.
     * There must be someone who counts the writes: {@link #version()} above 0.
     *
     * @param key says what is made, and of which elements
     * @param maker fills the array it gets, of {@code length} elements
     */
    public float[] derived(Object key, int length, Consumer<float[]> maker) {
        for (int k = 0; k < derived.size(); k++) {
            Derived d = derived.get(k);
            if (d.key.equals(key)) {
                if (changedSince(d.version)) {
                    maker.accept(d.content);
                    derived.set(k, new Derived(key, version(), d.content));
                }
                return d.content;
            }
        }
        derived.removeIf(d -> changedSince(d.version));
        if (derived.size() == MOST) {
            derived.removeFirst();
        }
        float[] content = new float[length];
        maker.accept(content);
        derived.add(new Derived(key, version(), content));
        return content;
    }

    @Override
    public int length() {
        return array.length;
    }
}
