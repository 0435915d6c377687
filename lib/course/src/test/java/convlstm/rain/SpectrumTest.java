package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpectrumTest {
    private static HostArray wave(int S, double ky, double kx) {
        HostArray frame = HostArray.zeros(1, 1, S, S, 1);
        for (int i = 0; i < S * S; i++) {
            frame.values()[i] = (float) Math.cos(2 * Math.PI * (ky * (i / S) + kx * (i % S)) / S);
        }
        return frame;
    }

    private static int loudest(double[] power) {
        return IntStream.range(0, power.length).boxed().max((a, b) -> Double.compare(power[a], power[b])).orElseThrow();
    }

    @Test
    void aWaveIsFoundAtItsNumberInAnyDirection() {
        assertEquals(5, loudest(Spectrum.radial(wave(32, 0, 5))));
        assertEquals(5, loudest(Spectrum.radial(wave(32, 5, 0))));
        assertEquals(5, loudest(Spectrum.radial(wave(32, 3, -4))), "3, 4, 5");
    }

    @Test
    void blurTakesPowerFromSmallScales() {
        Random random = new Random(1);
        HostArray noise = HostArray.zeros(2, 2, 32, 32, 1);
        for (int i = 0; i < noise.size(); i++) {
            noise.values()[i] = (float) random.nextGaussian();
        }
        double[] sharp = Spectrum.radial(noise);
        double[] blurred = Spectrum.radial(Blur.gaussian(noise, 1.5));
        assertEquals(0, Spectrum.slope(sharp, 1, 16), 0.3, "white noise has the same power everywhere");
        assertEquals(1, blurred[1] / sharp[1], 0.3);
        assertTrue(blurred[12] < 0.01 * sharp[12]);
    }

    @Test
    void theSlopeIsThatOfAPowerLaw() {
        double[] power = new double[17];
        for (int k = 1; k < power.length; k++) {
            power[k] = 7 * Math.pow(k, -2.5);
        }
        assertEquals(-2.5, Spectrum.slope(power, 2, 16), 1e-9);
        assertThrows(IllegalArgumentException.class, () -> Spectrum.slope(power, 0, 16));
        assertThrows(IllegalArgumentException.class, () -> Spectrum.slope(power, 2, 17));
    }

    @Test
    void otherThanSquaresIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Spectrum.radial(HostArray.zeros(1, 1, 8, 9, 1)));
    }
}
