@NullMarked
package convlstm.check;

import org.jspecify.annotations.NullMarked;
