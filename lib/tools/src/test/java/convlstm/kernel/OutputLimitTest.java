package convlstm.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputLimitTest {
    private static final double SECOND = 1e9;

    /** As Jupyter's server counts, where messages are up to 0.2 s on their way. */
    private static final class Server {
        private final Deque<double[]> last = new ArrayDeque<>();

        void gets(double now, int bytes) {
            last.add(new double[] {now, bytes});
            last.removeIf(message -> message[0] < now - 3);
            assertTrue(last.stream().mapToDouble(message -> message[1]).sum() <= 3e6, "bytes at " + now);
            assertTrue(last.size() <= 3000, "messages at " + now);
        }
    }

    @Test
    void theServerNeverGetsMoreThanItLetsThrough() {
        for (int most : new int[] {0, 2_000, 100_000, 1_600_000}) {
            Random random = new Random(most);
            OutputLimit limit = new OutputLimit();
            Server server = new Server();
            long now = 0;
            double arrived = 0;
            long sent = 0;
            for (int message = 0; message < 6_000 && now < 60 * SECOND; message++) {
                int bytes = random.nextInt(most + 1);
                for (long wait = limit.send(now, bytes); wait > 0; wait = limit.send(now, bytes)) {
                    now += wait;
                }
                sent += bytes;
                arrived = Math.max(arrived, now / SECOND + 0.2 * random.nextDouble());
                server.gets(arrived, bytes);
            }
            assertTrue(most < 100_000 || sent > 0.4e6 * now / SECOND, "it goes on: " + sent + " bytes in " + now);
        }
    }

    @Test
    void countsWhatIsSent() {
        assertEquals("\"a\"".length() + 1000, OutputLimit.bytes("a"));
        assertEquals("\"\\n\\u003d\"".length() + 1000, OutputLimit.bytes("\n="));
        assertEquals(2 + 3 + 4 + 1000, OutputLimit.bytes("█🙂"));
        assertEquals(0, OutputLimit.bytes(""));
    }
}
