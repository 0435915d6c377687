// Small kernels for the tests of the launch queue, of memory and of the driver's errors: one thing in each.

/** dst[i] = value */
extern "C" __global__ void setTo(float* dst, float value, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        dst[i] = value;
    }
}

/** y[i] = scale x[i] + y[i] */
extern "C" __global__ void addScaled(float* __restrict__ y, const float* __restrict__ x, float scale, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        y[i] = fmaf(scale, x[i], y[i]);
    }
}

/** One block: dst[0] = sum of x, added up in a tree in shared memory, whose size the launch says. */
extern "C" __global__ void __launch_bounds__(256) sum(float* dst, const float* x, int n) {
    extern __shared__ float dynamicShared[];
    float mine = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        mine += x[i];
    }
    dynamicShared[threadIdx.x] = mine;
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) {
            dynamicShared[threadIdx.x] += dynamicShared[threadIdx.x + half];
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        dst[0] = dynamicShared[0];
    }
}

/** dst (columns, rows) = the transpose of src (rows, columns), through a tile of shared memory. */
extern "C" __global__ void transpose(float* dst, const float* src, int rows, int columns) {
    __shared__ float tile[8][9];
    int row = blockIdx.y * 8 + threadIdx.y;
    int column = blockIdx.x * 8 + threadIdx.x;
    if (row < rows && column < columns) {
        tile[threadIdx.y][threadIdx.x] = src[row * columns + column];
    }
    __syncthreads();
    row = blockIdx.x * 8 + threadIdx.y;
    column = blockIdx.y * 8 + threadIdx.x;
    if (row < columns && column < rows) {
        dst[row * rows + column] = tile[threadIdx.x][threadIdx.y];
    }
}

// ---- kernels with a mistake, which the host side has to find

/** Writes one element too far. */
extern "C" __global__ void tooFar(float* dst, int n) {
    dst[n] = 1;
}

/** Half of the threads never reach the barrier. */
extern "C" __global__ void halfABarrier(float* dst) {
    if (threadIdx.x < blockDim.x / 2) {
        __syncthreads();
    }
    dst[threadIdx.x] = 1;
}

/** Two barriers in place of one. */
extern "C" __global__ void twoBarriers(float* dst) {
    if (threadIdx.x % 2 == 0) {
        __syncthreads();
    } else {
        dst[0] = 1;
        __syncthreads();
    }
}

/** Reads what a neighbour writes without waiting for it: another order of the threads gives another result. */
extern "C" __global__ void noBarrier(float* dst) {
    __shared__ float row[64];
    row[threadIdx.x] = threadIdx.x + blockIdx.x;
    dst[threadIdx.x] = row[(threadIdx.x + 1) % blockDim.x];
}

/** Uses more shared memory than the launch gave it. */
extern "C" __global__ void sharedTooFar(float* dst, int n) {
    extern __shared__ float dynamicShared[];
    dynamicShared[n] = 1;
    dst[0] = dynamicShared[n];
}
