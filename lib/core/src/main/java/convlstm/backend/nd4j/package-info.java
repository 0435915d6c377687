/**
 * The contract on ND4J: every operation as array expressions that OpenBLAS and ND4J's own native kernels compute. The
 * only room that knows ND4J.
 */
@NullMarked
package convlstm.backend.nd4j;

import org.jspecify.annotations.NullMarked;
