/** Layers put together and trained: models, losses, optimisers, the training loop, and what a model costs. */
@NullMarked
package convlstm.model;

import org.jspecify.annotations.NullMarked;
