@NullMarked
package convlstm.keras;

import org.jspecify.annotations.NullMarked;
