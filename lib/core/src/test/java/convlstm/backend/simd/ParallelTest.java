package convlstm.backend.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParallelTest {
    @Test
    void everyTaskRunsOnceByAKnownWorker() {
        try (Parallel parallel = new Parallel(3)) {
            for (int tasks : new int[] {0, 1, 2, 3, 100, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                parallel.forEach(tasks, (task, worker) -> {
                    assertTrue(worker >= 0 && worker < parallel.workers());
                    runs.incrementAndGet(task);
                });
                for (int task = 0; task < tasks; task++) {
                    assertEquals(1, runs.get(task));
                }
            }
        }
    }

    @Test
    void sleepingThreadsWakeUp() throws InterruptedException {
        try (Parallel parallel = new Parallel(2)) {
            for (int call = 0; call < 3; call++) {
                Thread.sleep(50); // long enough for the other thread to go to sleep
                AtomicIntegerArray runs = new AtomicIntegerArray(8);
                parallel.forEach(8, (task, worker) -> runs.incrementAndGet(task));
                assertEquals("[1, 1, 1, 1, 1, 1, 1, 1]", runs.toString());
            }
        }
    }

    @Test
    void aFailureReachesTheCallerAndThePoolGoesOn() {
        try (Parallel parallel = new Parallel(2)) {
            for (int bad : new int[] {0, 7}) {
                IllegalStateException e = assertThrows(IllegalStateException.class,
                        () -> parallel.forEach(8, (task, worker) -> {
                            if (task == bad) {
                                throw new ArithmeticException("task " + task);
                            }
                        }));
                assertTrue(e.getMessage().contains("task " + bad), e.getMessage());
            }
            AtomicIntegerArray runs = new AtomicIntegerArray(4);
            parallel.forEach(4, (task, worker) -> runs.incrementAndGet(task));
            assertEquals("[1, 1, 1, 1]", runs.toString());
        }
    }

    @Test
    void aBadNumberOfThreadsIsRefused() {
        String before = System.getProperty(Parallel.PROPERTY);
        try {
            for (String bad : new String[] {"0", "-1", "two", ""}) {
                System.setProperty(Parallel.PROPERTY, bad);
                IllegalArgumentException e = assertThrows(IllegalArgumentException.class, Parallel::defaultWorkers);
                assertTrue(e.getMessage().contains("'" + bad + "'"), e.getMessage());
            }
            System.setProperty(Parallel.PROPERTY, "5");
            assertEquals(5, Parallel.defaultWorkers());
        } finally {
            if (before == null) {
                System.clearProperty(Parallel.PROPERTY);
            } else {
                System.setProperty(Parallel.PROPERTY, before);
            }
        }
    }
}
