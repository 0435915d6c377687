package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.data.RainScale;
import convlstm.tensor.HostArray;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;

class FramesTest {
    /** Three frames of 8x8, the second all bright. */
    private final HostArray frames = HostArray.zeros(3, 8, 8, 1);

    FramesTest() {
        Arrays.fill(frames.values(), 64, 128, 1);
    }

    private static BufferedImage decode(Picture picture) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(picture.bytes()));
    }

    /** The share of black pixels in the lower half of a one-row strip. */
    private static double black(BufferedImage image) {
        int count = 0;
        int half = image.getHeight() / 2;
        for (int y = half; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xFFFFFF) == 0 ? 1 : 0;
            }
        }
        return count / (double) (half * image.getWidth());
    }

    @Test
    void darkAndBrightFramesAreDrawnAsTheyAre() throws IOException {
        double dark = black(decode(Frames.strip().row("x", frames).picture()));
        double allBright = black(decode(Frames.strip().row("x", frames).range(-2, -1).picture()));
        assertTrue(dark > 0.4 && dark < 0.9, "two of three frames are black, not " + dark);
        assertTrue(allBright < 0.1, "above the range everything is bright, not " + allBright);
    }

    @Test
    void aRowThatBeginsLaterMakesTheStripWiderAndLeavesItsPlaceEmpty() throws IOException {
        BufferedImage now = decode(Frames.strip().row("x", frames).picture());
        BufferedImage later = decode(Frames.strip().row("x", frames, 4).picture());
        assertTrue(later.getWidth() > now.getWidth());
        assertTrue(black(later) < black(now));
    }

    @Test
    void aZoomIsKeptWhateverFits() throws IOException {
        int plain = decode(Frames.strip().row("x", frames).zoom(1).picture()).getWidth();
        assertEquals(2 * 3 * 8 * 30, decode(Frames.strip().row("x", frames).zoom(31).picture()).getWidth() - plain);
        assertThrows(IllegalArgumentException.class, () -> Frames.strip().zoom(0));
    }

    @Test
    void signedValuesGetTwoColors() throws IOException {
        BufferedImage image = decode(Frames.strip().row("x", frames).signed(1).picture());
        int zero = image.getRGB(image.getWidth() - 40, image.getHeight() - 60);
        int one = image.getRGB(image.getWidth() - 2 * (100 + 50), image.getHeight() - 60);
        assertEquals(0xF7F7F7, zero & 0xFFFFFF);
        assertNotEquals(zero, one);
    }

    @Test
    void theAnimationHasAFrameForEachStepAndRepeats() throws IOException {
        Picture gif = Frames.strip().row("a", frames).row("b", frames, 2).gif(200);
        assertEquals("image/gif", gif.mediaType());
        ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(gif.bytes()))) {
            reader.setInput(in);
            assertEquals(4, reader.getNumImages(true));
            assertEquals(gif.width() * 2, reader.getWidth(0));
            assertEquals(List.of(20, 20, 20, 80), List.of(delay(reader, 0), delay(reader, 1), delay(reader, 2),
                    delay(reader, 3)), "hundredths of a second");
        }
        assertTrue(new String(gif.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1).contains("NETSCAPE2.0"));
    }

    private static int delay(ImageReader reader, int frame) throws IOException {
        IIOMetadataNode root = (IIOMetadataNode) reader.getImageMetadata(frame)
                .getAsTree("javax_imageio_gif_image_1.0");
        IIOMetadataNode control = (IIOMetadataNode) root.getElementsByTagName("GraphicControlExtension").item(0);
        return Integer.parseInt(control.getAttribute("delayTime"));
    }

    @Test
    void aGridSeparatesPixels() throws IOException {
        int plain = grey(decode(Frames.strip().row("x", frames).picture()));
        assertTrue(grey(decode(Frames.strip().grid().row("x", frames).picture())) > plain + 1000);
    }

    private static int grey(BufferedImage image) {
        int grey = 0;
        for (int k = 0; k < image.getWidth() * image.getHeight(); k++) {
            grey += (image.getRGB(k % image.getWidth(), k / image.getWidth()) & 0xFFFFFF) == 0x808080 ? 1 : 0;
        }
        return grey;
    }

    @Test
    void mistakesAreNamed() {
        assertThrows(IllegalArgumentException.class, () -> Frames.strip().row("x", HostArray.zeros(3, 8, 8, 2)));
        assertThrows(IllegalArgumentException.class, () -> Frames.strip().row("x", frames, 0));
        var e = assertThrows(IllegalArgumentException.class,
                () -> Frames.strip().row("x", frames).row("y", HostArray.zeros(3, 8, 9)));
        assertTrue(e.getMessage().contains("(8, 8)") && e.getMessage().contains("(3, 8, 9)"), e.getMessage());
        assertThrows(IllegalStateException.class, () -> Frames.strip().picture());
        assertThrows(IllegalArgumentException.class, () -> Frames.strip().row("x", frames).gif(1));
    }

    @Test
    void rainHasTheColoursOfItsClassAndAScale() throws IOException {
        HostArray rain = HostArray.zeros(2, 16, 16);
        Arrays.fill(rain.values(), 256, 512, (float) RainScale.PAPER.pixel(7));
        BufferedImage plain = decode(Frames.strip().row("radar", rain).picture());
        BufferedImage scaled = decode(Frames.strip().rain(RainScale.PAPER).row("radar", rain).picture());
        assertTrue(scaled.getWidth() > plain.getWidth(), "the scale is beside it");
        int heavy = Palette.rain(7).getRGB();
        int dry = Palette.rain(0).getRGB();
        int drawn = 0;
        int dryDrawn = 0;
        for (int x = 0; x < scaled.getWidth() - 2 * 104; x++) { // but for the scale
            int colour = scaled.getRGB(x, plain.getHeight() - 40);
            drawn += colour == heavy ? 1 : 0;
            dryDrawn += colour == dry ? 1 : 0;
        }
        assertTrue(drawn > 50 && Math.abs(drawn - dryDrawn) < 10, drawn + " " + dryDrawn);
        assertNotEquals(Palette.rain(4.99), Palette.rain(5), "classes begin at their rate");
        assertEquals(Palette.rain(5), Palette.rain(9.99));
    }

    @Test
    void aCrossIsDrawnWhereItIsSaidToBe() throws IOException {
        HostArray places = HostArray.zeros(3, 2);
        places.set(4, 1, 0);
        places.set(6, 1, 1);
        BufferedImage without = decode(Frames.strip().row("x", frames).picture());
        BufferedImage with = decode(Frames.strip().row("x", frames).crosses(places.range(1, 2), 2).picture());
        int left = Integer.MAX_VALUE;
        int right = 0;
        for (int x = 0; x < with.getWidth(); x++) {
            for (int y = 0; y < with.getHeight(); y++) {
                if (with.getRGB(x, y) != without.getRGB(x, y)) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                }
            }
        }
        assertTrue(left > with.getWidth() / 3 && right < with.getWidth() * 5 / 6 && right > left, left + " " + right);
        assertThrows(IllegalArgumentException.class,
                () -> Frames.strip().row("x", frames).crosses(HostArray.zeros(3), 1));
        assertThrows(IllegalStateException.class, () -> Frames.strip().crosses(places, 1));
    }

    @Test
    void aLogarithmicScaleTellsSmallFromNone() throws IOException {
        HostArray tiny = HostArray.zeros(1, 8, 8);
        tiny.set(1e-6f, 0, 0, 0);
        Frames linear = Frames.strip().row("x", tiny);
        Frames logarithmic = Frames.strip().row("x", tiny).logarithmic(1, 8);
        int x = 2 * 30;
        assertEquals(0, decode(linear.picture()).getRGB(x, 2 * 50) & 0xFFFFFF);
        assertNotEquals(0, decode(logarithmic.picture()).getRGB(x, 2 * 50) & 0xFFFFFF);
        assertEquals(Palette.NOTHING.getRGB() & 0xFFFFFF, decode(logarithmic.picture()).getRGB(x, 2 * 130) & 0xFFFFFF,
                "zero has a colour of its own");
    }

    @Test
    void aScaleStandsBesideTheStripAndAnOutlineInIt() throws IOException {
        BufferedImage plain = decode(Frames.strip().row("x", frames).picture());
        BufferedImage scaled = decode(Frames.strip().row("x", frames).scale("ink").picture());
        assertTrue(scaled.getWidth() > plain.getWidth() && scaled.getHeight() == plain.getHeight());
        BufferedImage lined = decode(Frames.strip().row("x", frames).outline(frames, 1).picture());
        int orange = Palette.series()[5].getRGB();
        int drawn = 0;
        for (int x = 0; x < lined.getWidth(); x++) {
            drawn += lined.getRGB(x, lined.getHeight() / 2 + 40) == orange ? 1 : 0;
        }
        assertTrue(drawn >= 4 && drawn <= 16, "two edges of the bright frame, not " + drawn);
        assertThrows(IllegalArgumentException.class,
                () -> Frames.strip().row("x", frames).outline(HostArray.zeros(1, 4, 4), 1));
    }

    @Test
    void aStripTooWideForANotebookGoesOnBelow() throws IOException {
        HostArray many = HostArray.zeros(20, 64, 64);
        Arrays.fill(many.values(), 14 * 64 * 64, 15 * 64 * 64, 1);
        BufferedImage one = decode(Frames.strip().row("x", many.range(0, 10)).picture());
        BufferedImage two = decode(Frames.strip().row("x", many).picture());
        assertEquals(one.getWidth(), two.getWidth());
        assertEquals(2 * one.getHeight(), two.getHeight());
        int name = two.getWidth() - 10 * 2 * 68;
        for (int column = 0; column < 10; column++) {
            int x = name + (2 * column + 1) * 68;
            assertEquals(0, two.getRGB(x, one.getHeight() - 68) & 0xFFFFFF, "frame " + (column + 1));
            assertEquals(column == 4 ? 0xFFFFFF : 0, two.getRGB(x, two.getHeight() - 68) & 0xFFFFFF,
                    "frame " + (column + 11));
        }
        BufferedImage scaled = decode(Frames.strip().row("x", many).scale("ink").picture());
        assertTrue(scaled.getWidth() > two.getWidth() && scaled.getHeight() == two.getHeight(), "the scale is beside");
    }

    @Test
    void columnsMayHaveNamesOfTheirOwn() throws IOException {
        byte[] counted = Frames.strip().row("x", frames).picture().bytes();
        assertTrue(Arrays.equals(counted, Frames.strip().row("x", frames).columns("frame", 1, 2, 3).picture().bytes()));
        assertTrue(
                !Arrays.equals(counted, Frames.strip().row("x", frames).columns("frame", 0, 1, 2).picture().bytes()));
    }

    @Test
    void whatWasSeenFillsTheRowBeforeItsFirstFrameFadedAndBehindItIsABar() throws IOException {
        BufferedImage dashes = decode(Frames.strip().row("x", frames, 3).picture());
        BufferedImage filled = decode(Frames.strip().row("x", frames, 3).seen(frames).picture());
        assertEquals(dashes.getWidth(), filled.getWidth());
        int middle = dashes.getHeight() - 80;
        int grey = 0;
        for (int x = 0; x < filled.getWidth(); x++) {
            int before = dashes.getRGB(x, middle) & 0xFF;
            int after = filled.getRGB(x, middle) & 0xFF;
            grey += before == 255 && after > 100 && after < 200 ? 1 : 0;
        }
        assertTrue(grey > 100, "the dark first frame, faded, not " + grey);
        int none = Frames.strip().row("x", frames).outline(frames, 1, 2).picture().bytes().length;
        assertEquals(none, Frames.strip().row("x", frames).picture().bytes().length, "nothing is brighter than 2");
    }

    @Test
    void aBarSaysWhereTheDarkBegins() throws IOException {
        BufferedImage plain = decode(Frames.strip().row("x", frames).range(-2, -1).picture());
        BufferedImage barred = decode(Frames.strip().row("x", frames).range(-2, -1).darkFrom(3).picture());
        assertTrue(ink(barred) > ink(plain) + plain.getHeight() / 2);
        assertThrows(IllegalArgumentException.class, () -> Frames.strip().darkFrom(1));
    }

    private static int ink(BufferedImage image) {
        int count = 0;
        for (int k = 0; k < image.getWidth() * image.getHeight(); k++) {
            count += (image.getRGB(k % image.getWidth(), k / image.getWidth()) & 0xFFFFFF) == 0x222222 ? 1 : 0;
        }
        return count;
    }
}
