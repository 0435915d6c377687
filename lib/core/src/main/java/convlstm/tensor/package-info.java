/**
 * Shapes, host arrays, and tensors: a shape plus a window on memory that a backend owns. This room knows nothing of the
 * others; every other room may use it.
 */
@NullMarked
package convlstm.tensor;

import org.jspecify.annotations.NullMarked;
