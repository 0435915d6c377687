/**
 * The contract every backend fulfils ({@link convlstm.backend.Backend}), its shape checks, and the choice among the
 * backends there are. Layers speak to this room only; each implementation lives in a room of its own below it.
 */
@NullMarked
package convlstm.backend;

import org.jspecify.annotations.NullMarked;
