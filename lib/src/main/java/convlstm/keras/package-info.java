/** The bridge to Keras: models and weights that it saved, weights for it to read, and the difference between the two. */
@NullMarked
package convlstm.keras;

import org.jspecify.annotations.NullMarked;
