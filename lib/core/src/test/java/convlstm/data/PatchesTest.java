package convlstm.data;

import static convlstm.data.Samples.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchesTest {
    private static HostArray counted(int... dims) {
        HostArray a = HostArray.zeros(dims);
        for (int i = 0; i < a.size(); i++) {
            a.values()[i] = i;
        }
        return a;
    }

    @Test
    void aSmallCaseByHand() {
        HostArray split = Patches.split(counted(2, 4, 1), 2);
        assertEquals(Shape.of(1, 2, 4), split.shape());
        assertArrayEquals(new float[] {0, 1, 4, 5, 2, 3, 6, 7}, split.values());
    }

    @ParameterizedTest
    @CsvSource({"4,1", "2,3", "1,2", "6,1"})
    void eachPixelGoesWhereTheFormulaSays(int p, int channels) {
        HostArray x = counted(2, 3, 12, 24, channels);
        HostArray split = Patches.split(x, p);
        assertEquals(Shape.of(2, 3, 12 / p, 24 / p, p * p * channels), split.shape());
        for (int h = 0; h < 12; h++) {
            for (int w = 0; w < 24; w++) {
                for (int c = 0; c < channels; c++) {
                    int to = (h % p * p + w % p) * channels + c;
                    assertEquals(x.get(1, 2, h, w, c), split.get(1, 2, h / p, w / p, to));
                }
            }
        }
        assertEquals(x, Patches.merge(split, p));
    }

    @Test
    void thePapersFrames() {
        assertEquals(Shape.of(2, 20, 16, 16, 16), Patches.split(HostArray.zeros(2, 20, 64, 64, 1), 4).shape());
        assertEquals(Shape.of(2, 20, 64, 64, 1), Patches.merge(HostArray.zeros(2, 20, 16, 16, 16), 4).shape());
    }

    @Test
    void wrongArgumentsAreNamed() {
        HostArray x = HostArray.zeros(6, 6, 3);
        refuses(() -> Patches.split(x, 4), "p: ", "(6, 6, 3)", "4");
        refuses(() -> Patches.split(x, 0), "p: ", "0");
        refuses(() -> Patches.merge(x, 2), "p: ", "2x2");
        refuses(() -> Patches.split(HostArray.zeros(6, 6), 2), "x: ", "(6, 6)");
    }

    private static void refuses(Runnable call, String... words) {
        assertSays(assertThrows(IllegalArgumentException.class, call::run), words);
    }
}
