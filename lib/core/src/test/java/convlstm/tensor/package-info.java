@NullMarked
package convlstm.tensor;

import org.jspecify.annotations.NullMarked;
