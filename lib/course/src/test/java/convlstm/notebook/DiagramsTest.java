package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DiagramsTest {
    @Test
    void theTwoStateTransitionsStandSideBySide() throws IOException {
        BufferedImage image = decode(Diagrams.stateTransitions());
        int half = image.getWidth() / 2;
        int vermilion = new Color(0xD55E00).getRGB();
        int blue = new Color(0x0072B2).getRGB();
        assertTrue(has(image, 0, half, vermilion) && !has(image, 0, half, blue), "one unit of the list is followed");
        int lighter = Palette.between(new Color[] {new Color(vermilion), Color.WHITE}, 0.45).getRGB();
        assertTrue(has(image, half, half, vermilion) && has(image, half, half, lighter),
                "two pixels share their weights: two shades of one colour");
        assertFalse(has(image, half, half, blue), "blue is the input");
    }

    @Test
    void everyPartOfAnLstmCellIsColouredOnce() throws IOException {
        BufferedImage image = decode(CellDiagrams.lstmCell());
        int third = image.getWidth() / 3;
        int green = new Color(0x009E73).getRGB();
        int top = 2 * (34 + 40);
        boolean[] left = new boolean[3];
        boolean[] right = new boolean[3];
        for (int part = 0; part < 3; part++) {
            left[part] = image.getRGB(part * third + 2 * 30, top) == green;
            right[part] = image.getRGB(part * third + 2 * 220, top) == green;
            assertTrue(has(image, part * third, third, new Color(0x0072B2).getRGB()), "x_t is blue");
        }
        assertArrayEquals(new boolean[] {true, false, false}, left, "c_tm1 is the matter of forgetting alone");
        assertArrayEquals(new boolean[] {false, true, true}, right, "c is written and shown");
    }

    @Test
    void onTheWayBackEveryArrowIsReversed() throws IOException {
        BufferedImage forward = decode(CellDiagrams.lstmCell());
        BufferedImage back = decode(CellDiagrams.lstmCellBackward());
        int green = new Color(0x009E73).getRGB();
        int above = 2 * (34 + 40) - 6; // only an arrow's head is as thick as that
        assertTrue(forward.getRGB(2 * 50, above) == green && forward.getRGB(2 * 11, above) != green,
                "into the product");
        assertTrue(back.getRGB(2 * (20 + 12), above) == green && back.getRGB(2 * (20 + 50), above) != green,
                "out at the left");
    }

    @Test
    void flatteningKeepsEveryPixelsColour() throws IOException {
        BufferedImage image = decode(CellDiagrams.flattening());
        for (int k = 0; k < 16; k++) {
            int inImage = image.getRGB(2 * (362 + k % 4 * 38 + 9), 2 * (34 + k / 4 * 38 + 9));
            assertEquals(inImage, image.getRGB(2 * (88 + k * 44 + 9), 2 * (254 + 9)), "pixel " + k);
            assertTrue(k == 0 || inImage != image.getRGB(2 * (88 + (k - 1) * 44 + 9), 2 * (254 + 9)));
        }
    }

    @Test
    void aPixelOfAConvLstmIsDrawnWithItsNumbers() throws IOException {
        double[][] x = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
        double[] gates = {0.1, 0.2, 0.3, 0.4};
        Picture one = CellDiagrams.convLstmPixel(2, 3, 0, x, new double[][][] {x}, 0.5, gates, 0.6, 0.7);
        Picture two = CellDiagrams.convLstmPixel(2, 3, 0, x, new double[][][] {x, x}, 0.5, gates, 0.6, 0.7);
        assertTrue(decode(two).getHeight() > decode(one).getHeight(), "a block for each filter");
        assertFalse(Arrays.equals(one.bytes(),
                CellDiagrams.convLstmPixel(2, 3, 0, x, new double[][][] {x}, 0.5, gates, 0.6, 0.8)
                        .bytes()),
                "h is written");
    }

    private static BufferedImage decode(Picture picture) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(picture.bytes()));
    }

    private static boolean has(BufferedImage image, int left, int width, int rgb) {
        for (int pixel : image.getRGB(left, 0, width, image.getHeight(), null, 0, width)) {
            if (pixel == rgb) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aMatrixIsDrawnLikeTheSameNumbersInRows() {
        HostArray matrix = new HostArray(Shape.of(2, 3), new float[] {1, 2, 3, 4, 5, 6});
        double[][] rows = {{1, 2, 3}, {4, 5, 6}};
        assertArrayEquals(Plots.heatmap("M", "column", "row", rows).picture().bytes(),
                Plots.heatmap("M", "column", "row", matrix).picture().bytes());
        String message = assertThrows(IllegalArgumentException.class,
                () -> Plots.heatmap("M", "column", "row", matrix.reshape(1, 2, 3))).getMessage();
        assertEquals("values: expected (rows, columns), got (1, 2, 3). Hint: take one sample and one channel, then"
                + " reshape(rows, columns)", message);
    }
}
