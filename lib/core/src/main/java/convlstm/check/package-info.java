/** Ways to test a claim about a layer by running it: numerical gradients, Jacobians, receptive fields. */
@NullMarked
package convlstm.check;

import org.jspecify.annotations.NullMarked;
