package wrong.layer;

import java.lang.foreign.Arena;

/** Breaks a rule: uses native memory outside of its room. For RoomsTest. */
public class Native {
    static Arena memory() {
        return Arena.global();
    }
}
