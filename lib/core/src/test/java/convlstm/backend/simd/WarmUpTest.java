package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backends;
import convlstm.backend.Window;
import convlstm.backend.Write;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    /** Tests run without it, or its memory and time would be theirs. */
    @Test
    void openingTheBackendStartsADaemonThreadIfTheProcessorHasACoreToSpare() {
        String before = System.clearProperty(WarmUp.PROPERTY);
        assertEquals("false", before, "Surefire's argLine");
        try {
            Backends.byName("simd").close();
        } finally {
            System.setProperty(WarmUp.PROPERTY, before);
        }
        List<Thread> started = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("convlstm-simd-warm-up")).toList();
        assertEquals(Parallel.defaultWorkers() > 1 ? 1 : 0, started.size());
        assertTrue(started.stream().allMatch(Thread::isDaemon), "no program waits for it");
    }

    @Test
    void changesNoBitOfWhatIsComputedMeanwhile() {
        float[] alone = convolved();
        CompletableFuture<Void> warmUp = CompletableFuture.runAsync(() -> WarmUp.run(3));
        do {
            assertArrayEquals(alone, convolved());
        } while (!warmUp.isDone());
        warmUp.join(); // each kernel took what it was given
    }

    private static float[] convolved() {
        try (SimdBackend K = new SimdBackend(1)) { // one thread: the warm-up does not wait for it
            Tensor x = K.allocate(Shape.of(2, 16, 16, 16));
            Tensor kernel = K.allocate(Shape.of(3, 3, 16, 64));
            Tensor out = K.allocate(Shape.of(2, 16, 16, 64));
            K.write(x, values(x.size()));
            K.write(kernel, values(kernel.size()));
            K.conv2d(out, x, kernel, null, Window.same(3, 3), Write.SET);
            return K.toArray(out);
        }
    }

    private static float[] values(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) Math.sin(i);
        }
        return values;
    }
}
