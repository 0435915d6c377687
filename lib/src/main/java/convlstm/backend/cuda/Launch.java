package convlstm.backend.cuda;

import java.util.Arrays;

/**
 * One launch of a kernel.
 *
 * @param function the driver's handle of the kernel
 * @param gridX blocks in each direction; {@code gridY}, {@code gridZ} too
 * @param blockX threads of a block in each direction; {@code blockY} too
 * @param sharedBytes dynamic shared memory of a block
 * @param arguments one slot for each of the kernel's parameters
 */
record Launch(long function, int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes,
        long[] arguments) {

    /** True if only arguments differ: then it can take the other's place in a graph. */
    boolean sameKernelAndSize(Launch other) {
        return function == other.function && gridX == other.gridX && gridY == other.gridY && gridZ == other.gridZ
                && blockX == other.blockX && blockY == other.blockY && sharedBytes == other.sharedBytes;
    }

    boolean sameArguments(Launch other) {
        return Arrays.equals(arguments, other.arguments);
    }

    /** Equal for launches with the same kernel and size. */
    int sizeHash() {
        int hash = Long.hashCode(function);
        for (int n : new int[] {gridX, gridY, gridZ, blockX, blockY, sharedBytes}) {
            hash = 31 * hash + n;
        }
        return hash;
    }
}
