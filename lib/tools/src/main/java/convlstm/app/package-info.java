/**
 * The programs: {@link convlstm.app.Lab} opens, runs and exports the notebooks, {@link convlstm.app.Doctor} says
 * what is missing, {@link convlstm.app.Compare} trains without one, {@link convlstm.app.Bench} measures. Each is one
 * {@code main} and one name in {@link convlstm.app.Main}, started by {@code mvn -q -Drun=NAME}.
 */
@NullMarked
package convlstm.app;

import org.jspecify.annotations.NullMarked;
