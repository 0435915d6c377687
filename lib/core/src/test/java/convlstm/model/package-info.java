@NullMarked
package convlstm.model;

import org.jspecify.annotations.NullMarked;
