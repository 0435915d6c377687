/** Tests of the build itself: the seams between the rooms, the line budget, the tools. */
@NullMarked
package convlstm.build;

import org.jspecify.annotations.NullMarked;
