package wrong.tensor;

import jdk.incubator.vector.FloatVector;
import wrong.layer.Native;

/** Breaks two rules: uses a room above its own, and the Vector API outside of its room. For RoomsTest. */
class Upwards {
    static int both(Native layer) {
        return FloatVector.SPECIES_PREFERRED.length() + layer.hashCode();
    }
}
