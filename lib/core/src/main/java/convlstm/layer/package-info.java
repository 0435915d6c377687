/**
 * The layers, forward and backward. They speak to a {@link convlstm.backend.Backend} only, through a field called {@code
 * K}. The answer to the kit's question is here: {@link convlstm.layer.Lstm} and {@link convlstm.layer.ConvLstm2d} share
 * every line of {@link convlstm.layer.Recurrent} and differ in the {@link convlstm.layer.Transform} they give it.
 */
@NullMarked
package convlstm.layer;

import org.jspecify.annotations.NullMarked;
