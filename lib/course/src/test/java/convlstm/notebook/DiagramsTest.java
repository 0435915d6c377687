package convlstm.notebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.tensor.HostArray;
import convlstm.tensor.Shape;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DiagramsTest {
    @Test
    void theTwoStateTransitionsStandSideBySide() throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(Diagrams.stateTransitions().bytes()));
        int half = image.getWidth() / 2;
        int vermilion = new Color(0xD55E00).getRGB();
        int blue = new Color(0x0072B2).getRGB();
        assertTrue(has(image, 0, half, vermilion) && !has(image, 0, half, blue), "one unit of the list is followed");
        assertTrue(has(image, half, half, vermilion) && has(image, half, half, blue), "two pixels share their weights");
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
