/** What notebooks and reports show: plots, tables, image strips, animations and progress lines. */
@NullMarked
package convlstm.notebook;

import org.jspecify.annotations.NullMarked;
