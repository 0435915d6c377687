package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Launches that come again become graphs: the same results, and as few calls of the driver in every step. */
@Tag("slow")
class LaunchQueueTest {
    private static final int N = 100;

    private final HostCuda host = HostCuda.small();
    private final Device device = new Device(host.ptx());
    private final long x = device.allocate(N);
    private final long y = device.allocate(N);
    private final long total = device.allocate(1);

    @AfterEach
    void close() {
        device.close();
        for (String kind : new String[] {"allocations", "pinned", "modules", "contexts", "streams", "events", "graphs",
            "executables"}) {
            assertEquals(0, host.live(kind), kind + " that were not given back");
        }
        host.close();
    }

    private static long bits(float f) {
        return Float.floatToRawIntBits(f);
    }

    /** Like a training step: input written, kernels that depend on each other, a rate that changes, a number read. */
    private float step(float input, float rate, int repeats) {
        float[] values = new float[N];
        Arrays.fill(values, input);
        device.write(x, values, 0, N);
        device.launch("setTo", 1, 1, 1, 128, 1, 0, y, bits(1), N);
        for (int k = 0; k < repeats; k++) {
            device.launch("addScaled", 1, 1, 1, 128, 1, 0, y, x, bits(rate), N);
            device.launch("addScaled", 1, 1, 1, 128, 1, 0, y, y, bits(0.5f), N);
        }
        device.launch("sum", 1, 1, 1, 64, 1, 64 * Float.BYTES, total, y, N);
        float[] result = new float[1];
        device.read(total, result, 0, 1);
        return result[0];
    }

    private static float expected(float input, float rate, int repeats) {
        float y = 1;
        for (int k = 0; k < repeats; k++) {
            y = Math.fma(rate, input, y);
            y = Math.fma(0.5f, y, y);
        }
        float sum = 0;
        for (int k = 0; k < N; k++) {
            sum += y;
        }
        return sum;
    }

    @Test
    void aStepThatComesAgainIsOneLaunchOfAGraph() {
        for (int step = 0; step < 5; step++) {
            assertEquals(expected(step, 0.1f * step, 6), step(step, 0.1f * step, 6), 0.01f, "step " + step);
        }
        assertEquals(14, host.calls("cuLaunchKernel"), "only the first step launches kernel by kernel");
        assertEquals(4, host.calls("cuGraphLaunch"));
        assertEquals(1, host.calls("cuGraphInstantiateWithFlags"));
        assertEquals(3 * 6, host.calls("cuGraphExecKernelNodeSetParams"), "only the rate differs, in six nodes");
        assertEquals(5 * 14, host.launched());
    }

    @Test
    void everyStepNeedsTheSameNumberOfCalls() {
        for (int step = 0; step < 6; step++) { // staging buffers, functions and graphs are made in the first
            step(step, step, 4);
        }
        long before = host.calls("");
        step(7, 7, 4);
        long one = host.calls("") - before;
        for (int step = 0; step < 100; step++) {
            step(step, 1 / (1f + step), 4);
        }
        assertEquals(before + 101 * one, host.calls(""));
        assertTrue(one < 14, one + " calls for ten kernels");
    }

    @Test
    void nothingLeaksInAThousandSteps() {
        for (int step = 0; step < 10; step++) {
            step(step, 1, 3);
        }
        long allocations = host.live("allocations");
        for (int step = 0; step < 1000; step++) {
            long scratch = device.allocate(500 + step % 7);
            step(1, step, 3);
            device.free(scratch);
        }
        assertEquals(allocations, host.live("allocations"));
        assertEquals(1, host.live("executables"));
        assertEquals(host.calls("cuGraphCreate") - host.calls("cuGraphDestroy"), host.live("graphs"));
    }

    @Test
    void listsOfAnotherLengthOrSizeAreAnotherGraph() {
        for (int round = 0; round < 3; round++) {
            for (int repeats = 3; repeats < 6; repeats++) {
                assertEquals(expected(2, 0.5f, repeats), step(2, 0.5f, repeats), 1e-2f);
            }
        }
        assertEquals(3, host.live("executables"));
        assertEquals(6, host.calls("cuGraphLaunch"));
    }

    @Test
    void theListUsedLeastRecentlyIsForgotten() {
        for (int repeats = 2; repeats < 2 + LaunchQueue.MOST_LISTS + 3; repeats++) {
            step(1, 1, repeats);
            step(1, 1, repeats);
        }
        assertEquals(LaunchQueue.MOST_LISTS, host.live("executables"));
        assertEquals(3, host.calls("cuGraphExecDestroy"));
        assertEquals(expected(1, 1, 2), step(1, 1, 2), 1e-2f);
    }

    @Test
    void aWriteOvertakesLaunchesThatDoNotUseItsMemory() {
        long mask = device.allocate(N);
        float[] ones = new float[N];
        Arrays.fill(ones, 1);
        for (int step = 0; step < 3; step++) {
            for (int k = 0; k < 4; k++) {
                device.launch("setTo", 1, 1, 1, 128, 1, 0, y, bits(1), N);
            }
            device.write(mask, ones, 0, N); // as Dropout does, in the middle of a step
            for (int k = 0; k < 4; k++) {
                device.launch("addScaled", 1, 1, 1, 128, 1, 0, y, mask, bits(1), N);
            }
            device.synchronize();
        }
        assertEquals(1, host.live("executables"), "the step is one graph");
        assertEquals(2, host.calls("cuGraphLaunch"));
    }

    @Test
    void aWriteWaitsForLaunchesThatUseItsMemory() {
        float[] ones = new float[N];
        Arrays.fill(ones, 1);
        device.launch("setTo", 1, 1, 1, 128, 1, 0, x, bits(3), N);
        device.launch("addScaled", 1, 1, 1, 128, 1, 0, y, x, bits(1), N);
        device.write(x + 4 * Float.BYTES, ones, 0, 2);
        device.launch("addScaled", 1, 1, 1, 128, 1, 0, y, x, bits(1), N);
        float[] expected = new float[N];
        Arrays.fill(expected, 6);
        Arrays.fill(expected, 4, 6, 4);
        float[] result = new float[N];
        device.read(y, result, 0, N);
        assertArrayEquals(expected, result);
    }

    @Test
    void withoutMemoryForAGraphLaunchesGoOneByOne() {
        step(1, 1, 3);
        host.fail("cuGraphInstantiateWithFlags", DriverException.OUT_OF_MEMORY, 0);
        assertEquals(expected(2, 0.5f, 3), step(2, 0.5f, 3), 1e-3f);
        assertEquals(0, host.live("graphs"));
        assertEquals(16, host.calls("cuLaunchKernel"));
    }

    /** Nodes before the one that failed have new arguments, so the old list does not describe the graph. */
    @Test
    void aGraphThatWasUpdatedHalfwayIsForgotten() {
        step(1, 1, 3);
        step(1, 1, 3);
        host.fail("cuGraphExecKernelNodeSetParams", 1, 2);
        assertThrows(DriverException.class, () -> step(1, 2, 3));
        assertEquals(expected(1, 1, 3), step(1, 1, 3), 1e-2f);
        assertEquals(expected(1, 2, 3), step(1, 2, 3), 1e-2f);
    }

    @Test
    void anErrorNamesTheKernelAndTheNextStepsStillRun() {
        step(1, 1, 3);
        host.fail("cuGraphLaunch", 1, 0);
        assertThrows(DriverException.class, () -> step(1, 1, 3));
        host.fail("cuLaunchKernel", 1, 1);
        device.launch("setTo", 1, 1, 1, 128, 1, 0, y, bits(1), N);
        device.launch("setTo", 2, 1, 1, 64, 1, 0, y, bits(1), N);
        var e = assertThrows(DriverException.class, device::synchronize);
        assertTrue(e.getMessage().startsWith("setTo<<<(2, 1, 1), (64, 1), 0 bytes>>>: cuLaunchKernel failed: "
                + "CUDA_ERROR_INVALID_VALUE (1)"), e.getMessage());
        assertEquals(expected(2, 0.5f, 3), step(2, 0.5f, 3), 1e-3f);
    }

    @Test
    void aQueueThatNobodyWaitsForDoesNotGrowWithoutEnd() {
        for (int k = 0; k < LaunchQueue.MOST_LAUNCHES; k++) {
            device.launch("setTo", 1, 1, 1, 1, 1, 0, y, bits(k), 1);
        }
        assertEquals(LaunchQueue.MOST_LAUNCHES, host.calls("cuLaunchKernel"));
    }
}
