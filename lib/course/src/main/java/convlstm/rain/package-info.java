/** Rain on a radar: forecasts that need no network, and how forecasts of rain are judged. */
@NullMarked
package convlstm.rain;

import org.jspecify.annotations.NullMarked;
