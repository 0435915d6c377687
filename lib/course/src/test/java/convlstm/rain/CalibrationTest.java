package convlstm.rain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import convlstm.data.Dataset;
import convlstm.data.RainField;
import convlstm.data.RainScale;
import convlstm.data.RainSequences;
import convlstm.tensor.HostArray;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    /**
     * What the radar saw, at 2 km and by the paper's Z-R: 28 September 2016 and 9 May 2017, frames 0 to 39, tiles of 64
     * pixels (FMI open data, CC BY 4.0).
     */
    private record Radar(double wet, double meanSquare, double percentile99, double slope) {
        static final Radar WIDESPREAD = new Radar(0.75, 5.1, 7.6, -2.8);
        static final Radar SHOWERS = new Radar(0.089, 0.22, 2.0, -2.1);
    }

    @Test
    void bothKindsAreCalibratedToWhatTheRadarSaw() {
        RainSequences rain = RainField.of(64).withFrames(3).generate(1, 0, 200);
        assertEquals(100, IntStream.range(0, 200).filter(n -> rain.widespread()[n]).count(), 25, "half and half");
        for (boolean widespread : new boolean[] {true, false}) {
            Radar radar = widespread ? Radar.WIDESPREAD : Radar.SHOWERS;
            int[] kind = IntStream.range(0, 200).filter(n -> rain.widespread()[n] == widespread).toArray();
            HostArray frames = new Dataset(rain.frames(), rain.wind()).select(kind).x();
            double[] rates = IntStream.range(0, frames.size())
                    .mapToDouble(i -> RainScale.PAPER.rate(frames.values()[i])).sorted().toArray();
            double wet = Arrays.stream(rates).filter(rate -> rate >= 0.5).count() / (double) rates.length;
            assertEquals(radar.wet, wet, 0.2 * radar.wet + 0.02);
            assertEquals(radar.meanSquare, Arrays.stream(rates).map(r -> r * r).average().orElseThrow(),
                    0.5 * radar.meanSquare);
            assertEquals(radar.percentile99, rates[(int) (0.99 * rates.length)], 0.3 * radar.percentile99);
            assertEquals(radar.slope, Spectrum.slope(Spectrum.radial(frames), 2, 24), 0.35);
        }
    }
}
