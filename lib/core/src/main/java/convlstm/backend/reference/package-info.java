/**
 * The text book: every operation as plain loops over {@code float[]}, written to be read. What the fast backends
 * compute is tested against these.
 */
@NullMarked
package convlstm.backend.reference;

import org.jspecify.annotations.NullMarked;
