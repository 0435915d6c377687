/**
 * The experiments behind what the course says about learning. Each {@link convlstm.evidence.Experiment} trains several
 * arms with several seeds; {@link convlstm.evidence.Results} keeps a row for each training in {@code data/evidence}; the
 * program {@code mvn -q -Drun=evidence} does what is missing, and the notebooks read the rows.
 */
@NullMarked
package convlstm.evidence;

import org.jspecify.annotations.NullMarked;
