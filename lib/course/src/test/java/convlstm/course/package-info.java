/** Tests of what the assignments are made of. */
@NullMarked
package convlstm.course;

import org.jspecify.annotations.NullMarked;
