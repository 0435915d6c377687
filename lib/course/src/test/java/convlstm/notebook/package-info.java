@NullMarked
package convlstm.notebook;

import org.jspecify.annotations.NullMarked;
