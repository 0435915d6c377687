package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.backend.Backend;
import convlstm.backend.Padding;
import convlstm.backend.TestedBackends;
import convlstm.layer.BatchNorm;
import convlstm.layer.Conv2d;
import convlstm.layer.ConvLstm2d;
import convlstm.layer.Dropout;
import convlstm.layer.TimeDistributed;
import convlstm.model.Loss;
import convlstm.model.Optimizer;
import convlstm.model.Sequential;
import convlstm.model.Trainer;
import convlstm.tensor.Shape;
import convlstm.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whole trainings on the GPU, or on the CPU in its place: the same bits, no leak, one graph a step. */
@Tag("slow")
class CudaTrainingTest {
    private static final int STEPS = 12;

    /** A training under way: a ConvLSTM with dropout and normalisation, on batches that are written in each step. */
    private static final class Training {
        private static final Shape X = Shape.of(3, 2, 5, 6, 1); // (T, B, H, W, C)

        private final Backend K;
        private final Trainer trainer;
        private final Tensor x;
        private final Tensor y;
        private final Random random = new Random(5);

        Training(Backend K) {
            this.K = K;
            Sequential model = new Sequential(K, Shape.of(3, 5, 6, 1), 1,
                    new ConvLstm2d(2, 3).padding(Padding.SAME).returnSequences(true),
                    new TimeDistributed(new BatchNorm()),
                    new Dropout(0.2),
                    new TimeDistributed(new Conv2d(1, 3).padding(Padding.SAME)));
            trainer = new Trainer(model, Loss.binaryCrossEntropy(), Optimizer.adam(1e-2)).globalClipNorm(1);
            x = K.allocate(X);
            y = K.allocate(X);
        }

        float step() {
            float[] values = new float[X.size()];
            for (int k = 0; k < values.length; k++) {
                values[k] = random.nextInt(2);
            }
            K.write(x, values);
            K.write(y, values);
            return (float) trainer.step(x, y, 2);
        }

        float[] steps() {
            float[] losses = new float[STEPS];
            for (int step = 0; step < STEPS; step++) {
                losses[step] = step();
            }
            return losses;
        }
    }

    private static float[] losses() {
        assumeCuda();
        try (Backend K = TestedBackends.create("cuda")) {
            return new Training(K).steps();
        }
    }

    private static void assumeCuda() {
        assumeTrue(TestedBackends.names().contains("cuda"), "neither a GPU nor a C++ compiler");
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        float[] losses = losses();
        assertArrayEquals(losses, losses());
        assertTrue(losses[STEPS - 1] < losses[0], losses[0] + " to " + losses[STEPS - 1]);
    }

    @Test
    void graphsAndPoolsChangeNoBit() {
        float[] losses = losses();
        System.setProperty(Device.CHECKED, "true");
        try {
            assertArrayEquals(losses, losses());
        } finally {
            System.clearProperty(Device.CHECKED);
        }
    }

    @Test
    void aThousandStepsNeedNoMoreMemoryThanTen() {
        assumeCuda();
        try (Device device = CudaOnHost.device(); Backend K = new CudaBackend(device)) {
            Training training = new Training(K);
            for (int step = 0; step < 10; step++) {
                training.step();
            }
            long used = device.bytesUsed();
            long taken = device.bytesTaken();
            for (int step = 0; step < 1000; step++) {
                training.step();
            }
            assertEquals(used, device.bytesUsed(), "bytes in tensors");
            assertEquals(taken, device.bytesTaken(), "bytes taken from the driver");
        }
    }

    @Test
    void aTrainingStepIsOneGraph() {
        try (HostCuda host = HostCuda.kit()) {
            try (Backend K = new CudaBackend(new Device())) {
                Training training = new Training(K);
                training.step();
                training.step();
                long kernels = host.launched();
                long launches = host.calls("cuLaunchKernel");
                training.step();
                kernels = host.launched() - kernels;
                long graphs = host.calls("cuGraphLaunch");
                long calls = host.calls("");
                training.step();
                long perStep = host.calls("") - calls;
                for (int step = 0; step < 10; step++) {
                    training.step();
                }
                assertEquals(launches, host.calls("cuLaunchKernel"), "no kernel is launched by itself");
                assertEquals(graphs + 11, host.calls("cuGraphLaunch"), "one graph a step");
                assertEquals(calls + 11 * perStep, host.calls(""), "calls are the same in each step");
                assertTrue(perStep < kernels / 2, perStep + " calls for " + kernels + " kernels");
            }
            assertEquals(0, host.live("allocations"));
            assertEquals(0, host.live("executables"));
        }
    }
}
