/** The contract of {@link convlstm.backend.Backend}, held against every backend that is usable here. */
@NullMarked
package convlstm.backend;

import org.jspecify.annotations.NullMarked;
