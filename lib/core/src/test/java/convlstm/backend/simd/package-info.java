/** Tests of the vector kernels, each against its scalar twin. */
@NullMarked
package convlstm.backend.simd;

import org.jspecify.annotations.NullMarked;
