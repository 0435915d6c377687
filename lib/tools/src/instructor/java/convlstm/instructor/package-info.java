/** The assignments' hidden checks: in a jar that students never get, so that feedback can name them and not show them. */
@NullMarked
package convlstm.instructor;

import org.jspecify.annotations.NullMarked;
