/**
 * The notebooks' kernel: IJava, started by {@link convlstm.kernel.Kernel}, which prints in batches, explains errors in a
 * beginner's words, ends what is interrupted, and ends itself when Jupyter has gone. Notebooks never use these classes.
 */
@NullMarked
package convlstm.kernel;

import org.jspecify.annotations.NullMarked;
