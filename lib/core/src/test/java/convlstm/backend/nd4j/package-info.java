/** What is special about ND4J; that it computes right is the contract suite's affair. */
@NullMarked
package convlstm.backend.nd4j;

import org.jspecify.annotations.NullMarked;
