@NullMarked
package convlstm.rain;

import org.jspecify.annotations.NullMarked;
