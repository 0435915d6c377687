/**
 * What the assignments are made of: checks that earn points and teach, numbers that differ from student to student, and
 * an explainer that names the likely mistake behind a wrong result.
 */
@NullMarked
package convlstm.course;

import org.jspecify.annotations.NullMarked;
