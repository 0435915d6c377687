/** Tests of the grader: what submissions can do, and what they are worth. */
@NullMarked
package convlstm.app.grade;

import org.jspecify.annotations.NullMarked;
