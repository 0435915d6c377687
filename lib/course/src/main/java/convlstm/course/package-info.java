/**
 * What lessons and assignments are made of: the paper's models, advection and rain scores for the notebooks that train
 * on them; checks that earn points and teach, numbers that differ from student to student, and an explainer that names
 * the likely mistake behind a wrong result.
 */
@NullMarked
package convlstm.course;

import org.jspecify.annotations.NullMarked;
