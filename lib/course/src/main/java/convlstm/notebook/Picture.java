package convlstm.notebook;

import convlstm.data.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;

/**
 * A finished PNG or GIF, to be shown in a notebook or written to a file.
 *
 * @param mediaType {@code image/png} or {@code image/gif}
 * @param width how wide it is shown, in CSS pixels; the image itself has twice as many, so that it is crisp
 * @param bytes the encoded image
 */
public record Picture(String mediaType, int width, byte[] bytes) {
    /** How many image pixels there are for each CSS pixel. */
    static final int SCALE = 2;

    static Picture png(BufferedImage image) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Picture("image/png", image.getWidth() / SCALE, out.toByteArray());
    }

    /**
     * The picture as HTML that keeps working without files beside it, in JupyterLab and in exported pages.
     *
     * @param alt says what is to be seen, for those who cannot see it
     */
    public String html(String alt) {
        if (alt.isBlank()) {
            throw new IllegalArgumentException("alt: expected a sentence that says what the picture shows, got none."
                    + " Hint: name the axes and what a reader should notice");
        }
        return "<img alt=\"" + Html.escape(alt) + "\" width=\"" + width + "\" style=\"max-width:100%\" src=\"data:"
                + mediaType
                + ";base64," + Base64.getEncoder().encodeToString(bytes) + "\">";
    }

    /** Writes the image to a file, whole or not at all. */
    public void write(Path file) throws IOException {
        AtomicFile.write(file, out -> out.write(bytes));
    }
}
