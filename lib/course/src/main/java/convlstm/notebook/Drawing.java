package convlstm.notebook;

/** Something that can be drawn: a plot, a strip of frames. */
public interface Drawing {
    /** The picture. */
    Picture picture();

    /** The picture as HTML for a notebook; {@code alt} says what it shows. */
    default String html(String alt) {
        return picture().html(alt);
    }
}
