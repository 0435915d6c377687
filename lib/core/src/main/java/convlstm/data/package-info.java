/**
 * What the models are fed with: digits that move, rain that drifts, a dot; the files they come from (IDX, npy, npz,
 * radar pgm), and the batches they are cut into. Uses arrays from {@link convlstm.tensor} and nothing else of the kit.
 */
@NullMarked
package convlstm.data;

import org.jspecify.annotations.NullMarked;
