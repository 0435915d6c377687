package convlstm.backend;

/** What an operation does with the old content of its destination. */
public enum Write {
    /** The result replaces the old content. */
    SET,
    /** The result is added to the old content. */
    ADD
}
