@NullMarked
package convlstm.layer;

import org.jspecify.annotations.NullMarked;
