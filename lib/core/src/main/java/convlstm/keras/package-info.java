/**
 * The bridge to Keras: models and weights that it saved, weights for it to read, and how far the two differ; and PyTorch's
 * weights.
 */
@NullMarked
package convlstm.keras;

import org.jspecify.annotations.NullMarked;
