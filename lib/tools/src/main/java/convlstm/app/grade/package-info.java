/**
 * The grader: {@link convlstm.app.grade.Grade} reads submitted notebooks by {@code grade_id}, puts the solution cells among
 * the instructor's own cells, runs each question in a Java of its own, and writes reports. Three kinds of processes take
 * part: the program, which no student's text can stop; a {@link convlstm.app.grade.Worker} for each core, which compiles;
 * and an {@link convlstm.app.grade.Agent} for each question, which runs what was compiled and is ended by force.
 */
@NullMarked
package convlstm.app.grade;

import org.jspecify.annotations.NullMarked;
