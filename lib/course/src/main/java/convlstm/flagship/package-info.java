/**
 * The forecast at the paper's size: three {@link convlstm.flagship.Arm}s, trained by the program {@code mvn -q
 * -Drun=flagship} with the same sequences in the same order.
 */
@NullMarked
package convlstm.flagship;

import org.jspecify.annotations.NullMarked;
