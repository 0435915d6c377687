/**
 * The programs: {@link convlstm.app.Lab} opens, runs and exports the notebooks. Each is one {@code main} and one
 * execution in {@code pom.xml}, started by {@code mvn -q -Drun=NAME}.
 */
@NullMarked
package convlstm.app;

import org.jspecify.annotations.NullMarked;
