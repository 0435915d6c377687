package convlstm.backend.cuda;

import java.util.Arrays;
import java.util.Locale;

/**
 * One launch of a kernel.
 *
 * @param kernel its name, for messages
 * @param function the driver's handle of it
 * @param gridX blocks in each direction; {@code gridY}, {@code gridZ} too
 * @param blockX threads of a block in each direction; {@code blockY} too
 * @param sharedBytes dynamic shared memory of a block
 * @param arguments one slot for each of the kernel's parameters
 */
record Launch(String kernel, long function, int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes,
        long[] arguments) {

    /** True if only arguments differ: then it can take the other's place in a graph. */
    boolean sameKernelAndSize(Launch other) {
        return function == other.function && gridX == other.gridX && gridY == other.gridY && gridZ == other.gridZ
                && blockX == other.blockX && blockY == other.blockY && sharedBytes == other.sharedBytes;
    }

    boolean sameArguments(Launch other) {
        return Arrays.equals(arguments, other.arguments);
    }

    /** True if a parameter is an address from {@code from} (inclusive) to {@code to} (exclusive), or looks like one. */
    boolean uses(long from, long to) {
        return Arrays.stream(arguments).anyMatch(a -> a >= from && a < to);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s<<<(%d, %d, %d), (%d, %d), %d bytes>>>", kernel, gridX, gridY, gridZ,
                blockX, blockY,
                sharedBytes);
    }
}
