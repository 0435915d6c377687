// The kernels of the CUDA backend: every primitive of convlstm.backend.Backend for a GPU, in float32.
//
// Who has read the SIMD notebook knows two of the three ideas in here: keep sums in registers, and bring operands near
// before they are used many times. The third is that there are no loops over the output. A kernel is what ONE thread
// does; it is started for thousands of them at once, and `blockIdx` and `threadIdx` tell each thread which part is its
// own. The threads of a block (256 of them) share a small fast memory, `__shared__`, and wait for each other at
// `__syncthreads()`. Blocks know nothing of each other.
//
// Rules that all kernels keep:
// - No atomics: each sum is taken by one thread, or by a tree of fixed shape, so that the same input gives the same
//   bits every time. How work is cut depends on its size, never on the device.
// - No tricks of one kind of GPU: shared memory and barriers only (and in Tf32 one instruction, with plain code beside
//   it). So this file is also plain C++, and the tests run it on the CPU, where every kernel is held against its scalar
//   twin, the loop in convlstm.backend.reference that its comment names.
// - NaN and infinity pass through.
//
// A parameter is a pointer, an int or a float, for that is what convlstm.backend.cuda.CudaBackend hands over.

/** Threads in a block, wherever a block has one dimension. */
#define THREADS 256

/** The element that this thread works on, where there is one thread for each. */
__device__ inline unsigned element() {
    return blockIdx.x * blockDim.x + threadIdx.x;
}

// ---------------------------------------------------------------------------------------------------------------------
// Convolution and matrix product
//
// All six are one product of matrices, sum[m][n] = Σ_k A[m][k] B[k][n]:
//
//                      m, a row of A         n, a column of B    k, what is summed over
//   conv2d             output pixel          filter              kernel pixel, input channel
//   conv2dGradInput    input pixel           input channel       kernel pixel, filter
//   conv2dGradKernel   kernel pixel, input   filter              output pixel
//                      channel
//
// The row of A for an output pixel is the patch of the image under the window. The patches are never written to memory
// (that is the "implicit" in "implicit GEMM"): the thread that fetches an element of A works out where in the image it
// lies. K.dot is the convolution of an image of one row with a window of one pixel, and runs here too.
//
// Blocking, from the outside in:
//   1. A block of 256 threads takes BM x BN elements of the result, a tile. blockIdx.x counts tiles downwards,
//      blockIdx.y to the right; blockIdx.z cuts a long sum over k into pieces where there would be too few blocks.
//   2. It goes along k in steps of BK. In each step the threads together fetch BM x BK elements of A and BK x BN of B
//      into shared memory: each element is read from far away once and used BN or BM times.
//   3. Each thread takes TM x TN elements of the tile, in registers. For each k it reads TM + TN numbers from shared
//      memory and does TM x TN multiplications: the same register blocking as in the SIMD kernels' Tiles.
// While it multiplies one step's elements, the next step's are already on their way from memory into registers; they
// are put into the other half of the shared memory, so that one barrier for each step is enough.
//
// What ptxas 12.9 makes of it, for sm_75, sm_80 and sm_90: the large tiles take 118 to 128 registers and 17 KB of shared
// memory, so two blocks (16 warps) run at the same time on a multiprocessor; the others 75 to 105 registers and 11 or 17
// KB: two or three blocks. No register is spilled to memory.
// ---------------------------------------------------------------------------------------------------------------------

/** Four floats that are read or written as one: 16 bytes, on an address that is a multiple of 16. */
struct alignas(16) Four {
    float v[4];
};

/** One element or four from memory; four only where the address allows it. */
template <int V>
__device__ inline void load(float (&v)[V], const float *from) {
    if (V == 4) {
        Four four = *(const Four *) from;
#pragma unroll
        for (int q = 0; q < V; q++) {
            v[q] = four.v[q];
        }
    } else {
#pragma unroll
        for (int q = 0; q < V; q++) {
            v[q] = from[q];
        }
    }
}

/** The sizes of a tile. Each has 256 threads: (BM / TM) (BN / TN). */
template <int BM_, int BN_, int BK_, int TM_, int TN_>
struct Tile {
    static const int BM = BM_;
    static const int BN = BN_;
    static const int BK = BK_;
    static const int TM = TM_;
    static const int TN = TN_;
    /** Rows in shared memory are longer by this, so that what threads read together lies in different banks. */
    static const int PAD = 4;
    /** Threads side by side, and one below the other. */
    static const int ACROSS = BN / TN;
    static const int DOWN = BM / TM;

    /**
     * The tile's row of this thread's row r: four rows together, so that they are read as one, then the next four behind
     * everybody else's first, so that neighbouring threads read neighbouring memory.
     */
    static __device__ inline int row(int r) {
        return r / 4 * 4 * DOWN + (int) threadIdx.x / ACROSS * 4 + r % 4;
    }

    /** The same for columns. */
    static __device__ inline int column(int c) {
        return c / 4 * 4 * ACROSS + (int) threadIdx.x % ACROSS * 4 + c % 4;
    }

    /** What is kept of an element that was fetched: all of it. */
    static __device__ inline float kept(float x) {
        return x;
    }

    /** sum += this thread's part of the product of a step's tiles, one k after the other. */
    static __device__ inline void multiply(
            float (&sum)[TM][TN], const float (&a)[BK][BM + PAD], const float (&b)[BK][BN + PAD]) {
#pragma unroll
        for (int k = 0; k < BK; k++) {
            float am[TM];
            float bn[TN];
#pragma unroll
            for (int r = 0; r < TM; r += 4) {
                load<4>(*(float (*)[4]) &am[r], &a[k][row(r)]);
            }
#pragma unroll
            for (int c = 0; c < TN; c += 4) {
                load<4>(*(float (*)[4]) &bn[c], &b[k][column(c)]);
            }
#pragma unroll
            for (int r = 0; r < TM; r++) {
#pragma unroll
                for (int c = 0; c < TN; c++) {
                    sum[r][c] = fmaf(am[r], bn[c], sum[r][c]);
                }
            }
        }
    }
};

typedef Tile<128, 128, 8, 8, 8> Large;  // most multiplications for each number read
typedef Tile<64, 64, 16, 4, 4> Small;   // less is wasted where the matrix is small
typedef Tile<128, 32, 8, 4, 4> Narrow;  // for few filters

/**
 * A large tile for tensor cores, from compute capability 8.0 on. An element keeps 10 bits of its fraction instead of 23
 * (NVIDIA's TF32); products are added up in float32. A warp, 32 threads, takes 64 x 32 elements; one instruction
 * multiplies 16 x 8 by 8 x 8 elements, and every thread of the warp holds a few of each, in places that NVIDIA's PTX
 * manual gives (mma.m16n8k8, .tf32). Without tensor cores the same threads compute the same from the same elements.
 */
struct Tf32 {
    static const int BM = 128;
    static const int BN = 128;
    static const int BK = 8; // one instruction's; with 16, registers would be spilled
    static const int TM = 8;
    static const int TN = 8;
    static const int PAD = 8;

    /** A thread has rows 0 and 8 of every 16, seen from its own first row, which it shares with three neighbours. */
    static __device__ inline int row(int r) {
        return (int) threadIdx.x / 128 * 64 + r / 2 * 16 + r % 2 * 8 + (int) threadIdx.x % 32 / 4;
    }

    /** And two neighbouring columns of every 8. */
    static __device__ inline int column(int c) {
        return (int) threadIdx.x / 32 % 4 * 32 + c / 2 * 8 + (int) threadIdx.x % 4 * 2 + c % 2;
    }

    /** Rounded to 10 bits of fraction, halves away from zero. */
    static __device__ inline float kept(float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
        unsigned rounded;
        asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(x));
        return __uint_as_float(rounded);
#else
        int bits = __float_as_int(x);
        bool finite = (bits & 0x7f800000) != 0x7f800000;
        return finite ? __int_as_float((bits + 0x1000) & ~0x1fff) : x;
#endif
    }

    static __device__ inline void multiply(
            float (&sum)[TM][TN], const float (&a)[BK][BM + PAD], const float (&b)[BK][BN + PAD]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
        int k = threadIdx.x % 4;
        int column0 = threadIdx.x / 32 % 4 * 32 + threadIdx.x % 32 / 4;
        unsigned bn[TN / 2][2];
#pragma unroll
        for (int c = 0; c < TN / 2; c++) {
            bn[c][0] = __float_as_uint(b[k][column0 + 8 * c]);
            bn[c][1] = __float_as_uint(b[k + 4][column0 + 8 * c]);
        }
#pragma unroll
        for (int r = 0; r < TM; r += 2) {
            unsigned a0 = __float_as_uint(a[k][row(r)]);
            unsigned a1 = __float_as_uint(a[k][row(r + 1)]);
            unsigned a2 = __float_as_uint(a[k + 4][row(r)]);
            unsigned a3 = __float_as_uint(a[k + 4][row(r + 1)]);
#pragma unroll
            for (int c = 0; c < TN / 2; c++) {
                asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
                    "{%8, %9}, {%0, %1, %2, %3};"
                    : "+f"(sum[r][2 * c]), "+f"(sum[r][2 * c + 1]), "+f"(sum[r + 1][2 * c]),
                      "+f"(sum[r + 1][2 * c + 1])
                    : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(bn[c][0]), "r"(bn[c][1]));
            }
        }
#else
        for (int k = 0; k < BK; k++) {
            for (int r = 0; r < TM; r++) {
                for (int c = 0; c < TN; c++) {
                    sum[r][c] = fmaf(a[k][row(r)], b[k][column(c)], sum[r][c]);
                }
            }
        }
#endif
    }
};

/** A place in the sum over k = (kernel pixel i, j; channel c), where the channel runs fastest. */
struct Tap {
    int i;
    int j;
    int c;

    __device__ inline void start(int k, int width, int channels) {
        c = k % channels;
        int pixel = k / channels;
        j = width > 0 ? pixel % width : 0;
        i = width > 0 ? pixel / width : 0;
    }

    __device__ inline void advance(int step, int width, int channels) {
        c += step;
        while (c >= channels) {
            c -= channels;
            if (++j == width) {
                j = 0;
                i++;
            }
        }
    }
};

/**
 * Fetches a tile of patches, BX rows of BK: for conv2d from x, for its gradient from dOut. The channels of a pixel lie
 * side by side in memory, so a thread fetches V of them at a time, always of the same rows.
 */
template <int BX, int BK, int V_>
struct Patches {
    static const int V = V_;
    static const int ACROSS = BK / V;        // threads for one row
    static const int DOWN = THREADS / ACROSS; // rows fetched at the same time
    static const int R = BX / DOWN;          // rows for each thread

    const float *image;
    int H, W, C;          // of the image that is read
    int tapsH, tapsW;     // the kernel's pixels
    int stepY, stepX;     // in the image, from one kernel pixel to the next
    Tap tap;
    int y[R], x[R], at[R]; // where each row's patch begins: its pixel, and the index of that
    float v[R][V];

    __device__ inline Patches(const float *image, int H, int W, int C, int tapsH, int tapsW, int stepY, int stepX,
            int from)
        : image(image), H(H), W(W), C(C), tapsH(tapsH), tapsW(tapsW), stepY(stepY), stepX(stepX) {
        tap.start(from + threadIdx.x % ACROSS * V, tapsW, C);
    }

    /** The tile's row that is this thread's row r. */
    static __device__ inline int row(int r) {
        return (int) threadIdx.x / ACROSS + r * DOWN;
    }

    /** Row r is the patch of image n that begins at (y, x), which may lie outside. */
    __device__ inline void begin(int r, int n, int y, int x) {
        at[r] = ((n * H + y) * W + x) * C;
        this->y[r] = y;
        this->x[r] = x;
    }

    /** Row r is below the matrix: zeros. */
    __device__ inline void none(int r) {
        at[r] = 0;
        y[r] = -(1 << 29);
        x[r] = 0;
    }

    __device__ inline void fetch() {
        int down = tap.i * stepY;
        int right = tap.j * stepX;
        int further = (down * W + right) * C + tap.c;
#pragma unroll
        for (int r = 0; r < R; r++) {
            bool inside = tap.i < tapsH && (unsigned) (y[r] + down) < (unsigned) H
                    && (unsigned) (x[r] + right) < (unsigned) W;
            if (inside) {
                load<V>(v[r], image + at[r] + further);
            } else {
#pragma unroll
                for (int q = 0; q < V; q++) {
                    v[r][q] = 0;
                }
            }
        }
        tap.advance(BK, tapsW, C);
    }

    /** What was fetched goes to shared memory, turned over, so that multiply reads it row by row. */
    template <class T>
    __device__ inline void put(float (&tile)[BK][BX + T::PAD]) {
#pragma unroll
        for (int r = 0; r < R; r++) {
#pragma unroll
            for (int q = 0; q < V; q++) {
                tile[threadIdx.x % ACROSS * V + q][row(r)] = T::kept(v[r][q]);
            }
        }
    }
};

/** What Columns and ImageColumns have in common: BK rows of BX, with neighbours in memory side by side. */
template <int BX, int BK, int V_>
struct SideBySide {
    static const int V = V_;
    static const int ACROSS = BX / V;
    static const int DOWN = THREADS / ACROSS;
    static const int R = BK / DOWN;

    float v[R][V];

    /** The first element, of V, that this thread fetches in a row of the tile. */
    static __device__ inline int column() {
        return (int) threadIdx.x % ACROSS * V;
    }

    static __device__ inline int row(int r) {
        return (int) threadIdx.x / ACROSS + r * DOWN;
    }

    __device__ inline void zero(int r) {
#pragma unroll
        for (int q = 0; q < V; q++) {
            v[r][q] = 0;
        }
    }

    template <class T>
    __device__ inline void put(float (&tile)[BK][BX + T::PAD]) {
#pragma unroll
        for (int r = 0; r < R; r++) {
            if (V == 4) {
                Four four;
#pragma unroll
                for (int q = 0; q < V; q++) {
                    four.v[q] = T::kept(v[r][q]);
                }
                *(Four *) &tile[row(r)][column()] = four;
            } else {
#pragma unroll
                for (int q = 0; q < V; q++) {
                    tile[row(r)][column() + q] = T::kept(v[r][q]);
                }
            }
        }
    }
};

/** Fetches a tile of a matrix (K, X) as it lies: conv2d's kernel, and dOut for the kernel's gradient. */
template <int BX, int BK, int V>
struct Columns : SideBySide<BX, BK, V> {
    typedef SideBySide<BX, BK, V> Base;
    const float *matrix;
    int K, X;
    int k, x;

    __device__ inline Columns(const float *matrix, int K, int X, int from, int firstColumn)
        : matrix(matrix), K(K), X(X), k(from + Base::row(0)), x(firstColumn + Base::column()) {}

    __device__ inline void fetch() {
#pragma unroll
        for (int r = 0; r < Base::R; r++) {
            if (k < K && x < X) {
                load<V>(this->v[r], matrix + k * X + x);
            } else {
                this->zero(r);
            }
            k += Base::DOWN;
        }
    }
};

/** Fetches a tile of the patches the other way round, for the kernel's gradient: a row for each output pixel. */
template <int BX, int BK, int V>
struct ImageColumns : SideBySide<BX, BK, V> {
    typedef SideBySide<BX, BK, V> Base;
    const float *image;
    int N, H, W, C, Ho, Wo, sh, sw;
    int n, y, x;                    // the output pixel
    int offsetY, offsetX, channel;  // from there to the input pixel under this thread's kernel pixel
    bool inside;                    // this thread's column is one of the matrix

    __device__ inline ImageColumns(const float *image, int N, int H, int W, int C, int Ho, int Wo, int kh, int kw,
            int sh, int sw, int dh, int dw, int top, int left, int from, int firstColumn)
        : image(image), N(N), H(H), W(W), C(C), Ho(Ho), Wo(Wo), sh(sh), sw(sw) {
        int pixel = from + Base::row(0);
        x = pixel % Wo;
        y = pixel / Wo % Ho;
        n = pixel / Wo / Ho;
        Tap tap;
        tap.start(firstColumn + Base::column(), kw, C);
        inside = tap.i < kh;
        offsetY = tap.i * dh - top;
        offsetX = tap.j * dw - left;
        channel = tap.c;
    }

    __device__ inline void fetch() {
#pragma unroll
        for (int r = 0; r < Base::R; r++) {
            int iy = y * sh + offsetY;
            int ix = x * sw + offsetX;
            if (inside && n < N && (unsigned) iy < (unsigned) H && (unsigned) ix < (unsigned) W) {
                load<V>(this->v[r], image + ((n * H + iy) * W + ix) * C + channel);
            } else {
                this->zero(r);
            }
            x += Base::DOWN;
            while (x >= Wo) {
                x -= Wo;
                if (++y == Ho) {
                    y = 0;
                    n++;
                }
            }
        }
    }
};

/**
 * Fetches a tile of conv2d's kernel (kh, kw, C, F) for the input's gradient, where k = (kernel pixel, filter) and a
 * column is an input channel. Of the kernel's pixels it takes every sh-th from i0 on, and every sw-th from j0 on.
 */
template <int BX, int BK, int V_>
struct Transposed {
    static const int V = V_;
    static const int ACROSS = BK / V;
    static const int DOWN = THREADS / ACROSS;
    static const int R = BX / DOWN;

    const float *first;      // the first element of the first kernel pixel and channel
    int channels;            // from there on
    int tapsH, tapsW;
    int down, right;         // from one kernel pixel to the next, in elements
    int F;
    Tap tap;
    float v[R][V];

    __device__ inline Transposed(const float *kernel, int kw, int C, int F, int tapsH, int tapsW, int i0, int j0,
            int sh, int sw, int from, int firstChannel)
        : first(kernel + ((i0 * kw + j0) * C + firstChannel) * F), channels(C - firstChannel), tapsH(tapsH),
          tapsW(tapsW), down(sh * kw * C * F), right(sw * C * F), F(F) {
        tap.start(from + threadIdx.x % ACROSS * V, tapsW, F);
    }

    static __device__ inline int row(int r) {
        return (int) threadIdx.x / ACROSS + r * DOWN;
    }

    __device__ inline void fetch() {
        const float *pixel = first + tap.i * down + tap.j * right + tap.c;
#pragma unroll
        for (int r = 0; r < R; r++) {
            if (tap.i < tapsH && row(r) < channels) {
                load<V>(v[r], pixel + row(r) * F);
            } else {
#pragma unroll
                for (int q = 0; q < V; q++) {
                    v[r][q] = 0;
                }
            }
        }
        tap.advance(BK, tapsW, F);
    }

    template <class T>
    __device__ inline void put(float (&tile)[BK][BX + T::PAD]) {
#pragma unroll
        for (int r = 0; r < R; r++) {
#pragma unroll
            for (int q = 0; q < V; q++) {
                tile[threadIdx.x % ACROSS * V + q][row(r)] = T::kept(v[r][q]);
            }
        }
    }
};

/** sum = this thread's part of A times B along `depth` of k, fetched by the two. */
template <class T, class A, class B>
__device__ inline void product(float (&sum)[T::TM][T::TN], A &a, B &b, int depth) {
    alignas(16) __shared__ float aTiles[2][T::BK][T::BM + T::PAD];
    alignas(16) __shared__ float bTiles[2][T::BK][T::BN + T::PAD];
#pragma unroll
    for (int r = 0; r < T::TM; r++) {
#pragma unroll
        for (int c = 0; c < T::TN; c++) {
            sum[r][c] = 0;
        }
    }
    a.fetch();
    b.fetch();
    a.template put<T>(aTiles[0]);
    b.template put<T>(bTiles[0]);
    __syncthreads();
    int steps = (depth + T::BK - 1) / T::BK;
    for (int s = 0; s < steps; s++) {
        int now = s % 2;
        if (s + 1 < steps) {
            a.fetch();
            b.fetch();
        }
        T::multiply(sum, aTiles[now], bTiles[now]);
        if (s + 1 < steps) {
            a.template put<T>(aTiles[1 - now]);
            b.template put<T>(bTiles[1 - now]);
        }
        __syncthreads();
    }
}

/** A result that is not cut along k joins `out`; a piece of one goes to its own matrix in `partial` (addPartials). */
__device__ inline void finish(
        float *out, const float *bias, float *partial, int accumulate, int M, int N, int m, int n, int outRow,
        float sum) {
    if (m < M && n < N) {
        if (gridDim.z > 1) {
            partial[((size_t) blockIdx.z * M + m) * N + n] = sum;
        } else {
            float *to = out + (size_t) outRow * N + n;
            float start = bias ? bias[n] : 0;
            *to = (accumulate ? *to + start : start) + sum;
        }
    }
}

/** What is left of K for this block, where blockIdx.z cuts K into pieces of the given depth. */
__device__ inline int depthHere(int K, int depth) {
    int left = K - (int) blockIdx.z * depth;
    return left < depth ? left : depth;
}

/** Images (N, H, W, C) to (N, Ho, Wo, F) by a window: its size, strides, dilation, and the padding before the image. */
#define WINDOW int kh, int kw, int sh, int sw, int dh, int dw, int top, int left
#define THE_WINDOW kh, kw, sh, sw, dh, dw, top, left
#define SIZES int N, int H, int W, int C, int Ho, int Wo, int F, WINDOW
#define THE_SIZES N, H, W, C, Ho, Wo, F, THE_WINDOW

/** out = x convolved with kernel. Scalar twins: ConvLoops.conv2d and ConvLoops.dot. */
template <class T, int V>
__device__ inline void conv2d(
        float *out, const float *x, const float *kernel, const float *bias, float *partial, int accumulate, int depth,
        SIZES) {
    typedef Patches<T::BM, T::BK, V> A;
    typedef Columns<T::BN, T::BK, T::BN == 32 ? 1 : V> B;
    int M = N * Ho * Wo;
    int K = kh * kw * C;
    int m0 = blockIdx.x * T::BM;
    int n0 = blockIdx.y * T::BN;
    A a(x, H, W, C, kh, kw, dh, dw, blockIdx.z * depth);
    B b(kernel, K, F, blockIdx.z * depth, n0);
#pragma unroll
    for (int r = 0; r < A::R; r++) {
        int m = m0 + A::row(r);
        if (m < M) {
            a.begin(r, m / Wo / Ho, m / Wo % Ho * sh - top, m % Wo * sw - left);
        } else {
            a.none(r);
        }
    }
    float sum[T::TM][T::TN];
    product<T>(sum, a, b, depthHere(K, depth));
#pragma unroll
    for (int r = 0; r < T::TM; r++) {
#pragma unroll
        for (int c = 0; c < T::TN; c++) {
            int m = m0 + T::row(r);
            finish(out, bias, partial, accumulate, M, F, m, n0 + T::column(c), m, sum[r][c]);
        }
    }
}

/**
 * dx = dOut convolved with the kernel turned round. Scalar twins: ConvLoops.conv2dGradInput and ConvLoops.dotGradInput.
 *
 * With strides, an input pixel is reached by every sh-th row of the kernel only, and which ones depends on the
 * pixel's row modulo sh. So the pixels (phaseY + sh y, phaseX + sw x) are one product, with a dense kernel of tapsH x
 * tapsW pixels, and the caller launches one for each phase. Without strides there is one phase, (0, 0).
 */
template <class T, int V>
__device__ inline void conv2dGradInput(
        float *dx, const float *dOut, const float *kernel, float *partial, int accumulate, int depth, int phaseY,
        int phaseX, SIZES) {
    typedef Patches<T::BM, T::BK, V> A;
    typedef Transposed<T::BN, T::BK, T::BN == 32 ? 1 : V> B;
    int rows = (H - phaseY + sh - 1) / sh; // of the image, in this phase
    int columns = (W - phaseX + sw - 1) / sw;
    int i0 = (phaseY + top) % sh; // the first kernel row, and column, that reaches this phase
    int j0 = (phaseX + left) % sw;
    int tapsH = (kh - i0 + sh - 1) / sh;
    int tapsW = (kw - j0 + sw - 1) / sw;
    int M = N * rows * columns;
    int K = tapsH * tapsW * F;
    int m0 = blockIdx.x * T::BM;
    int n0 = blockIdx.y * T::BN;
    A a(dOut, Ho, Wo, F, tapsW > 0 ? tapsH : 0, tapsW, sh > 1 ? -1 : -dh, sw > 1 ? -1 : -dw, blockIdx.z * depth);
    B b(kernel, kw, C, F, tapsW > 0 ? tapsH : 0, tapsW, i0, j0, sh, sw, blockIdx.z * depth, n0);
#pragma unroll
    for (int r = 0; r < A::R; r++) {
        int m = m0 + A::row(r);
        if (m < M) {
            int y = m / columns % rows * sh + phaseY;
            int x = m % columns * sw + phaseX;
            a.begin(r, m / columns / rows, (y + top - i0) / sh, (x + left - j0) / sw);
        } else {
            a.none(r);
        }
    }
    float sum[T::TM][T::TN];
    product<T>(sum, a, b, depthHere(K, depth));
#pragma unroll
    for (int r = 0; r < T::TM; r++) {
        int m = m0 + T::row(r);
        int y = m / columns % rows * sh + phaseY;
        int x = m % columns * sw + phaseX;
        int pixel = (m / columns / rows * H + y) * W + x;
#pragma unroll
        for (int c = 0; c < T::TN; c++) {
            finish(dx, nullptr, partial, accumulate, M, C, m, n0 + T::column(c), pixel, sum[r][c]);
        }
    }
}

/** dKernel += patches, turned over, times dOut. Scalar twins: ConvLoops.conv2dGradKernel and ConvLoops.dotGradKernel. */
template <class T, int V>
__device__ inline void conv2dGradKernel(
        float *dKernel, const float *x, const float *dOut, float *partial, int depth, SIZES) {
    typedef ImageColumns<T::BM, T::BK, V> A;
    typedef Columns<T::BN, T::BK, T::BN == 32 ? 1 : V> B;
    int M = kh * kw * C;
    int K = N * Ho * Wo;
    int m0 = blockIdx.x * T::BM;
    int n0 = blockIdx.y * T::BN;
    A a(x, N, H, W, C, Ho, Wo, kh, kw, sh, sw, dh, dw, top, left, blockIdx.z * depth, m0);
    B b(dOut, K, F, blockIdx.z * depth, n0);
    float sum[T::TM][T::TN];
    product<T>(sum, a, b, depthHere(K, depth));
#pragma unroll
    for (int r = 0; r < T::TM; r++) {
#pragma unroll
        for (int c = 0; c < T::TN; c++) {
            int m = m0 + T::row(r);
            finish(dKernel, nullptr, partial, 1, M, F, m, n0 + T::column(c), m, sum[r][c]);
        }
    }
}

// A kernel for each kind of tile. "By4" fetches four elements at once, where sizes and addresses are multiples of 4; the
// large tile would need more than the 128 registers that it may have (two blocks to a multiprocessor) to do without.

#define CONV2D float *__restrict__ out, const float *__restrict__ x, const float *__restrict__ kernel, \
        const float *__restrict__ bias, float *__restrict__ partial, int accumulate, int depth, SIZES
#define THE_CONV2D out, x, kernel, bias, partial, accumulate, depth, THE_SIZES

#define GRAD_INPUT float *__restrict__ dx, const float *__restrict__ dOut, const float *__restrict__ kernel, \
        float *__restrict__ partial, int accumulate, int depth, int phaseY, int phaseX, SIZES
#define THE_GRAD_INPUT dx, dOut, kernel, partial, accumulate, depth, phaseY, phaseX, THE_SIZES

#define GRAD_KERNEL float *__restrict__ dKernel, const float *__restrict__ x, const float *__restrict__ dOut, \
        float *__restrict__ partial, int depth, SIZES
#define THE_GRAD_KERNEL dKernel, x, dOut, partial, depth, THE_SIZES

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dTf32By4(CONV2D) {
    conv2d<Tf32, 4>(THE_CONV2D);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dLargeBy4(CONV2D) {
    conv2d<Large, 4>(THE_CONV2D);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dSmallBy4(CONV2D) {
    conv2d<Small, 4>(THE_CONV2D);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dSmall(CONV2D) {
    conv2d<Small, 1>(THE_CONV2D);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dNarrowBy4(CONV2D) {
    conv2d<Narrow, 4>(THE_CONV2D);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dNarrow(CONV2D) {
    conv2d<Narrow, 1>(THE_CONV2D);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradInputTf32By4(GRAD_INPUT) {
    conv2dGradInput<Tf32, 4>(THE_GRAD_INPUT);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradInputLargeBy4(GRAD_INPUT) {
    conv2dGradInput<Large, 4>(THE_GRAD_INPUT);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradInputSmallBy4(GRAD_INPUT) {
    conv2dGradInput<Small, 4>(THE_GRAD_INPUT);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradInputSmall(GRAD_INPUT) {
    conv2dGradInput<Small, 1>(THE_GRAD_INPUT);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradInputNarrowBy4(GRAD_INPUT) {
    conv2dGradInput<Narrow, 4>(THE_GRAD_INPUT);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradInputNarrow(GRAD_INPUT) {
    conv2dGradInput<Narrow, 1>(THE_GRAD_INPUT);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradKernelTf32By4(GRAD_KERNEL) {
    conv2dGradKernel<Tf32, 4>(THE_GRAD_KERNEL);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradKernelLargeBy4(GRAD_KERNEL) {
    conv2dGradKernel<Large, 4>(THE_GRAD_KERNEL);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradKernelSmallBy4(GRAD_KERNEL) {
    conv2dGradKernel<Small, 4>(THE_GRAD_KERNEL);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradKernelSmall(GRAD_KERNEL) {
    conv2dGradKernel<Small, 1>(THE_GRAD_KERNEL);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradKernelNarrowBy4(GRAD_KERNEL) {
    conv2dGradKernel<Narrow, 4>(THE_GRAD_KERNEL);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) conv2dGradKernelNarrow(GRAD_KERNEL) {
    conv2dGradKernel<Narrow, 1>(THE_GRAD_KERNEL);
}

/**
 * The pieces of sums that were cut join their destination, in their order: out[k] = Σ_p partial[p][k], plus the bias and
 * the old content where asked for. A thread for each element; the pieces are matrices of n elements.
 */
extern "C" __global__ void addPartials(
        float *__restrict__ out, const float *__restrict__ partial, const float *__restrict__ bias, int columns,
        int accumulate, int pieces, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float start = bias ? bias[k % columns] : 0;
        float sum = 0;
        for (int p = 0; p < pieces; p++) {
            sum += partial[(size_t) p * n + k];
        }
        out[k] = (accumulate ? out[k] + start : start) + sum;
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Winograd's convolution: fewer multiplications, for 3x3 and 5x5 kernels of stride 1 and many channels
//
// A tile of 4x4 output pixels needs r² multiplications a pixel and pair of channels. Winograd's way takes NxN input
// pixels, N = r + 3, transforms them into as many values, multiplies these with the kernel's transform value by value
// (and sums over channels), and transforms back: N² multiplications in place of 16 r², 4 times fewer for 3x3 and 6.25
// times for 5x5. The transforms are sums along lines, first along rows, then along columns.
//
//   V = Bᵀ d B       the input's, (N², tiles, C)          winogradInput
//   U = G g Gᵀ       the kernel's, (N², C, F)             winogradKernel
//   M = V U          a product for each of N² positions   winogradProduct
//   y = Aᵀ M A       (N², tiles, F) to pixels             winogradOutput
//
// Every line of the kernel's gradient is the transpose of one of these: dM = A dy Aᵀ, dU = Vᵀ dM, dg = Gᵀ dU G. The
// input's gradient is a convolution with the kernel flipped.
//
// A line is a product of polynomials, which is found from its values at N points: 0, pairs ±p, and infinity. Points,
// and why these: convlstm.backend.simd.WinogradLines, which the CPU uses. Scalar twins: ConvLoops.conv2d and its
// gradients, which compute the same sums directly; the transforms subtract numbers of similar size, and the largest
// error relative to the largest output is about 2e-6 (3x3) and 1e-5 (5x5). A NaN spreads to its tile.
// ---------------------------------------------------------------------------------------------------------------------

/** The transforms of one line. */
template <int N>
struct Line {
    static const int OUTPUTS = 4;
    static const int R = N - OUTPUTS + 1;    // of the kernel
    static const int PAIRS = N / 2 - 1;      // of points; value 1 + 2 i belongs to +point(i), value 2 + 2 i to -point(i)

    static __device__ inline float point(int i) {
        return N == 6 ? (i == 0 ? 0.625f : 1.5f) : (i == 0 ? 1.0f : i == 1 ? 2.0f : 0.5f);
    }

    static __device__ inline float square(int i) {
        return point(i) * point(i);
    }

    /** 1 over the product of a point's distances from all others. */
    static __device__ inline float weight(int i) {
        float product = 2 * square(i);
#pragma unroll
        for (int l = 0; l < PAIRS; l++) {
            product *= l == i ? 1 : square(i) - square(l);
        }
        return 1 / product;
    }

    /** The same for 0. */
    static __device__ inline float weightOfZero() {
        float product = 1;
#pragma unroll
        for (int l = 0; l < PAIRS; l++) {
            product *= -square(l);
        }
        return 1 / product;
    }

    /** v = Bᵀ d. */
    static __device__ inline void input(float (&v)[N], const float (&d)[N]) {
        if constexpr (N == 6) {
            const float sum = square(0) + square(1);
            const float product = square(0) * square(1);
            v[0] = d[4] - sum * d[2] + product * d[0];
            v[5] = d[5] - sum * d[3] + product * d[1];
        } else {
            v[0] = d[6] - d[0] + 5.25f * (d[2] - d[4]);
            v[7] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
        }
#pragma unroll
        for (int i = 0; i < PAIRS; i++) {
            float even, odd;
            if constexpr (N == 6) {
                even = d[4] - square(1 - i) * d[2];
                odd = point(i) * (d[3] - square(1 - i) * d[1]);
            } else {
                float s = square((i + 1) % 3);
                float t = square((i + 2) % 3);
                even = d[6] - (s + t) * d[4] + s * t * d[2];
                odd = point(i) * (d[5] - (s + t) * d[3] + s * t * d[1]);
            }
            v[1 + 2 * i] = even + odd;
            v[2 + 2 * i] = even - odd;
        }
    }

    /** y = Aᵀ m. */
    static __device__ inline void output(float (&y)[OUTPUTS], const float (&m)[N]) {
        y[0] = m[0];
        y[1] = 0;
        y[2] = 0;
        y[3] = m[N - 1];
#pragma unroll
        for (int i = 0; i < PAIRS; i++) {
            float even = m[1 + 2 * i] + m[2 + 2 * i];
            float odd = m[1 + 2 * i] - m[2 + 2 * i];
            y[0] += even;
            y[1] += point(i) * odd;
            y[2] += square(i) * even;
            y[3] += point(i) * square(i) * odd;
        }
    }

    /** m = A y. */
    static __device__ inline void outputGrad(float (&m)[N], const float (&y)[OUTPUTS]) {
        m[0] = y[0];
        m[N - 1] = y[3];
#pragma unroll
        for (int i = 0; i < PAIRS; i++) {
            float even = y[0] + square(i) * y[2];
            float odd = point(i) * (y[1] + square(i) * y[3]);
            m[1 + 2 * i] = even + odd;
            m[2 + 2 * i] = even - odd;
        }
    }

    /** u = G g. */
    static __device__ inline void kernel(float (&u)[N], const float (&g)[R]) {
        u[0] = weightOfZero() * g[0];
        u[N - 1] = g[R - 1];
#pragma unroll
        for (int i = 0; i < PAIRS; i++) {
            float even = 0;
            float odd = 0;
#pragma unroll
            for (int k = (R - 1) / 2; k >= 0; k--) {
                even = even * square(i) + g[2 * k];
                odd = 2 * k + 1 < R ? odd * square(i) + g[2 * k + 1 < R ? 2 * k + 1 : 0] : odd;
            }
            u[1 + 2 * i] = weight(i) * (even + point(i) * odd);
            u[2 + 2 * i] = weight(i) * (even - point(i) * odd);
        }
    }

    /** g = Gᵀ u. */
    static __device__ inline void kernelGrad(float (&g)[R], const float (&u)[N]) {
#pragma unroll
        for (int k = 0; k < R; k++) {
            g[k] = k == 0 ? weightOfZero() * u[0] : k == R - 1 ? u[N - 1] : 0;
        }
#pragma unroll
        for (int i = 0; i < PAIRS; i++) {
            float even = weight(i) * (u[1 + 2 * i] + u[2 + 2 * i]);
            float odd = weight(i) * point(i) * (u[1 + 2 * i] - u[2 + 2 * i]);
#pragma unroll
            for (int k = 0; k < R; k++) {
                g[k] += k % 2 == 0 ? even : odd;
                if (k % 2 == 1) {
                    even *= square(i);
                    odd *= square(i);
                }
            }
        }
    }
};

/** The 4x4 output pixels of a tile; tiles are counted along rows, then down, then through the images. */
struct OutputTile {
    int n, y, x;

    __device__ inline OutputTile(int tile, int Ho, int Wo) {
        int across = (Wo + 3) / 4;
        int down = (Ho + 3) / 4;
        x = tile % across * 4;
        y = tile / across % down * 4;
        n = tile / across / down;
    }
};

/** V of `tiles` tiles from the given one on, a thread for each tile and channel. */
template <int N>
__device__ inline void winogradInput(
        float *V, const float *x, int first, int tiles, int H, int W, int C, int Ho, int Wo, int top, int left) {
    unsigned at = element();
    if (at < (unsigned) tiles * C) {
        OutputTile tile(first + at / C, Ho, Wo);
        const float *image = x + (size_t) tile.n * H * W * C + at % C;
        float v[N][N];
#pragma unroll
        for (int i = 0; i < N; i++) {
            int y = tile.y - top + i;
            float d[N];
#pragma unroll
            for (int j = 0; j < N; j++) {
                int xx = tile.x - left + j;
                bool inside = (unsigned) y < (unsigned) H && (unsigned) xx < (unsigned) W;
                d[j] = inside ? image[(y * W + xx) * C] : 0;
            }
            Line<N>::input(v[i], d);
        }
#pragma unroll
        for (int j = 0; j < N; j++) {
            float d[N], column[N];
#pragma unroll
            for (int i = 0; i < N; i++) {
                d[i] = v[i][j];
            }
            Line<N>::input(column, d);
#pragma unroll
            for (int i = 0; i < N; i++) {
                V[(size_t) (i * N + j) * tiles * C + at] = column[i];
            }
        }
    }
}

/** U, a thread for each input and output channel; flipped: for the input's gradient, from a kernel (R, R, F, C). */
template <int N>
__device__ inline void winogradKernel(float *U, const float *kernel, int flipped, int C, int F) {
    const int R = Line<N>::R;
    unsigned at = element();
    if (at < (unsigned) C * F) {
        const float *from = kernel + (flipped ? at % F * C + at / F : at);
        float u[R][N];
#pragma unroll
        for (int a = 0; a < R; a++) {
            float g[R];
#pragma unroll
            for (int b = 0; b < R; b++) {
                int pixel = a * R + b;
                g[b] = from[(size_t) (flipped ? R * R - 1 - pixel : pixel) * C * F];
            }
            Line<N>::kernel(u[a], g);
        }
#pragma unroll
        for (int j = 0; j < N; j++) {
            float g[R], column[N];
#pragma unroll
            for (int a = 0; a < R; a++) {
                g[a] = u[a][j];
            }
            Line<N>::kernel(column, g);
#pragma unroll
            for (int i = 0; i < N; i++) {
                U[(size_t) (i * N + j) * C * F + at] = column[i];
            }
        }
    }
}

/** Joins M's pixels to out, a thread for each tile and filter. */
template <int N>
__device__ inline void winogradOutput(
        float *out, const float *M, const float *bias, int accumulate, int first, int tiles, int Ho, int Wo, int F) {
    unsigned at = element();
    if (at < (unsigned) tiles * F) {
        OutputTile tile(first + at / F, Ho, Wo);
        float start = bias ? bias[at % F] : 0;
        float rows[4][N];
#pragma unroll
        for (int j = 0; j < N; j++) {
            float m[N], y[4];
#pragma unroll
            for (int i = 0; i < N; i++) {
                m[i] = M[(size_t) (i * N + j) * tiles * F + at];
            }
            Line<N>::output(y, m);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                rows[i][j] = y[i];
            }
        }
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float y[4];
            Line<N>::output(y, rows[i]);
#pragma unroll
            for (int j = 0; j < 4; j++) {
                if (tile.y + i < Ho && tile.x + j < Wo) {
                    float *to = out + (((size_t) tile.n * Ho + tile.y + i) * Wo + tile.x + j) * F + at % F;
                    *to = (accumulate ? *to + start : start) + y[j];
                }
            }
        }
    }
}

/** dM, a thread for each tile and filter. */
template <int N>
__device__ inline void winogradOutputGrad(
        float *dM, const float *dOut, int first, int tiles, int Ho, int Wo, int F) {
    unsigned at = element();
    if (at < (unsigned) tiles * F) {
        OutputTile tile(first + at / F, Ho, Wo);
        float rows[4][N];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float y[4];
#pragma unroll
            for (int j = 0; j < 4; j++) {
                bool inside = tile.y + i < Ho && tile.x + j < Wo;
                y[j] = inside ? dOut[(((size_t) tile.n * Ho + tile.y + i) * Wo + tile.x + j) * F + at % F] : 0;
            }
            Line<N>::outputGrad(rows[i], y);
        }
#pragma unroll
        for (int j = 0; j < N; j++) {
            float y[4], m[N];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                y[i] = rows[i][j];
            }
            Line<N>::outputGrad(m, y);
#pragma unroll
            for (int i = 0; i < N; i++) {
                dM[(size_t) (i * N + j) * tiles * F + at] = m[i];
            }
        }
    }
}

/** dKernel += Gᵀ dU G, a thread for each input and output channel. */
template <int N>
__device__ inline void winogradKernelGrad(float *dKernel, const float *dU, int C, int F) {
    const int R = Line<N>::R;
    unsigned at = element();
    if (at < (unsigned) C * F) {
        float rows[R][N];
#pragma unroll
        for (int j = 0; j < N; j++) {
            float u[N], g[R];
#pragma unroll
            for (int i = 0; i < N; i++) {
                u[i] = dU[(size_t) (i * N + j) * C * F + at];
            }
            Line<N>::kernelGrad(g, u);
#pragma unroll
            for (int a = 0; a < R; a++) {
                rows[a][j] = g[a];
            }
        }
#pragma unroll
        for (int a = 0; a < R; a++) {
            float g[R];
            Line<N>::kernelGrad(g, rows[a]);
#pragma unroll
            for (int b = 0; b < R; b++) {
                dKernel[(size_t) (a * R + b) * C * F + at] += g[b];
            }
        }
    }
}

/** The thread's part of a result (rows, columns), four columns at once: there are a multiple of four. */
template <class T>
__device__ inline void storeFours(
        float *to, int accumulate, int rows, int columns, int m0, int n0, const float (&sum)[T::TM][T::TN]) {
#pragma unroll
    for (int r = 0; r < T::TM; r++) {
#pragma unroll
        for (int c = 0; c < T::TN; c += 4) {
            int m = m0 + T::row(r);
            int n = n0 + T::column(c);
            if (m < rows && n < columns) {
                Four *at = (Four *) (to + (size_t) m * columns + n);
                Four four;
#pragma unroll
                for (int q = 0; q < 4; q++) {
                    four.v[q] = sum[r][c + q] + (accumulate ? at->v[q] : 0);
                }
                *at = four;
            }
        }
    }
}

/** M = V U for the position blockIdx.z. */
template <class T>
__device__ inline void winogradProduct(float *M, const float *V, const float *U, int tiles, int C, int F) {
    typedef Patches<T::BM, T::BK, 4> A;
    typedef Columns<T::BN, T::BK, 4> B;
    int m0 = blockIdx.x * T::BM;
    int n0 = blockIdx.y * T::BN;
    A a(V + (size_t) blockIdx.z * tiles * C, 1, tiles, C, 1, 1, 0, 0, 0);
    B b(U + (size_t) blockIdx.z * C * F, C, F, 0, n0);
#pragma unroll
    for (int r = 0; r < A::R; r++) {
        int m = m0 + A::row(r);
        if (m < tiles) {
            a.begin(r, 0, 0, m);
        } else {
            a.none(r);
        }
    }
    float sum[T::TM][T::TN];
    product<T>(sum, a, b, C);
    storeFours<T>(M + (size_t) blockIdx.z * tiles * F, 0, tiles, F, m0, n0, sum);
}

/** dU = or += Vᵀ dM for the position blockIdx.z. */
template <class T>
__device__ inline void winogradProductGrad(
        float *dU, const float *V, const float *dM, int accumulate, int tiles, int C, int F) {
    int m0 = blockIdx.x * T::BM;
    int n0 = blockIdx.y * T::BN;
    Columns<T::BM, T::BK, 4> a(V + (size_t) blockIdx.z * tiles * C, tiles, C, 0, m0);
    Columns<T::BN, T::BK, 4> b(dM + (size_t) blockIdx.z * tiles * F, tiles, F, 0, n0);
    float sum[T::TM][T::TN];
    product<T>(sum, a, b, tiles);
    storeFours<T>(dU + (size_t) blockIdx.z * C * F, accumulate, C, F, m0, n0, sum);
}

#define WINOGRAD_PRODUCT float *__restrict__ M, const float *__restrict__ V, const float *__restrict__ U, int tiles, \
        int C, int F

extern "C" __global__ void __launch_bounds__(THREADS, 2) winogradProductLargeBy4(WINOGRAD_PRODUCT) {
    winogradProduct<Large>(M, V, U, tiles, C, F);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) winogradProductSmallBy4(WINOGRAD_PRODUCT) {
    winogradProduct<Small>(M, V, U, tiles, C, F);
}

#define WINOGRAD_PRODUCT_GRAD float *__restrict__ dU, const float *__restrict__ V, const float *__restrict__ dM, \
        int accumulate, int tiles, int C, int F

extern "C" __global__ void __launch_bounds__(THREADS, 2) winogradProductGradLargeBy4(WINOGRAD_PRODUCT_GRAD) {
    winogradProductGrad<Large>(dU, V, dM, accumulate, tiles, C, F);
}

extern "C" __global__ void __launch_bounds__(THREADS, 2) winogradProductGradSmallBy4(WINOGRAD_PRODUCT_GRAD) {
    winogradProductGrad<Small>(dU, V, dM, accumulate, tiles, C, F);
}

// The transforms, by the width of the kernel. Blocks of 64 threads: a thread has much to do, and there are few.

#define WINOGRAD_THREADS 64

#define WINOGRAD_INPUT float *__restrict__ V, const float *__restrict__ x, int first, int tiles, int H, int W, int C, \
        int Ho, int Wo, int top, int left
#define WINOGRAD_KERNEL float *__restrict__ U, const float *__restrict__ kernel, int flipped, int C, int F
#define WINOGRAD_OUTPUT float *__restrict__ out, const float *__restrict__ M, const float *__restrict__ bias, \
        int accumulate, int first, int tiles, int Ho, int Wo, int F
#define WINOGRAD_OUTPUT_GRAD float *__restrict__ dM, const float *__restrict__ dOut, int first, int tiles, int Ho, \
        int Wo, int F
#define WINOGRAD_KERNEL_GRAD float *__restrict__ dKernel, const float *__restrict__ dU, int C, int F

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradInput3(WINOGRAD_INPUT) {
    winogradInput<6>(V, x, first, tiles, H, W, C, Ho, Wo, top, left);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradInput5(WINOGRAD_INPUT) {
    winogradInput<8>(V, x, first, tiles, H, W, C, Ho, Wo, top, left);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradKernel3(WINOGRAD_KERNEL) {
    winogradKernel<6>(U, kernel, flipped, C, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradKernel5(WINOGRAD_KERNEL) {
    winogradKernel<8>(U, kernel, flipped, C, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradOutput3(WINOGRAD_OUTPUT) {
    winogradOutput<6>(out, M, bias, accumulate, first, tiles, Ho, Wo, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradOutput5(WINOGRAD_OUTPUT) {
    winogradOutput<8>(out, M, bias, accumulate, first, tiles, Ho, Wo, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradOutputGrad3(WINOGRAD_OUTPUT_GRAD) {
    winogradOutputGrad<6>(dM, dOut, first, tiles, Ho, Wo, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradOutputGrad5(WINOGRAD_OUTPUT_GRAD) {
    winogradOutputGrad<8>(dM, dOut, first, tiles, Ho, Wo, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradKernelGrad3(WINOGRAD_KERNEL_GRAD) {
    winogradKernelGrad<6>(dKernel, dU, C, F);
}

extern "C" __global__ void __launch_bounds__(WINOGRAD_THREADS) winogradKernelGrad5(WINOGRAD_KERNEL_GRAD) {
    winogradKernelGrad<8>(dKernel, dU, C, F);
}

// ---------------------------------------------------------------------------------------------------------------------
// Sums over rows: bias gradients, statistics, losses
//
// A block takes up to 32 columns and all rows of one piece (blockIdx.y); its threads stand side by side on neighbouring
// columns, so that together they read whole lines of memory, and where there are fewer columns, on more rows. Each
// adds up its rows in double precision, as the scalar twins do; then the block adds up its threads' sums by a tree in
// shared memory. blockIdx.z counts independent sums. Pieces, if there are several, are put together by addPartials.
// ---------------------------------------------------------------------------------------------------------------------

/** dst[z, column] = or += Σ_row value(row, column). */
template <class Value>
__device__ inline void sumColumns(float *dst, float *partial, int accumulate, int rows, int columns, Value value) {
    __shared__ double sums[THREADS];
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    int self = threadIdx.y * blockDim.x + threadIdx.x;
    double sum = 0;
    if (column < columns) {
        int step = gridDim.y * blockDim.y;
        for (unsigned row = blockIdx.y * blockDim.y + threadIdx.y; row < (unsigned) rows; row += step) {
            sum += value((int) row, column);
        }
    }
    sums[self] = sum;
    __syncthreads();
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        if ((int) threadIdx.y < half) {
            sums[self] += sums[self + half * blockDim.x];
        }
        __syncthreads();
    }
    if (threadIdx.y == 0 && column < columns) {
        int k = blockIdx.z * columns + column;
        if (gridDim.y > 1) {
            partial[(size_t) blockIdx.y * gridDim.z * columns + k] = (float) sums[self];
        } else {
            dst[k] = (accumulate ? dst[k] : 0) + (float) sums[self];
        }
    }
}

/** dst (F) += Σ_n x (N, F). Scalar twin: ReferenceBackend.sumRows. */
extern "C" __global__ void sumRows(float *dst, float *partial, const float *__restrict__ x, int N, int F) {
    sumColumns(dst, partial, 1, N, F, [=](int n, int f) { return (double) x[(size_t) n * F + f]; });
}

/** value += Σ x². Scalar twin: ReferenceBackend.sumSquares. */
extern "C" __global__ void sumSquares(float *value, float *partial, const float *__restrict__ x, int n) {
    sumColumns(value, partial, 1, n, 1, [=](int k, int) { return (double) x[k] * x[k]; });
}

/** -1, 0 or 1, and NaN for NaN. Scalar twin: Math.signum. */
__device__ inline float sign(float x) {
    return x > 0 ? 1.0f : x < 0 ? -1.0f : x;
}

/** value += the penalty, dw += its gradient. Scalar twin: ReferenceBackend.regularize. */
extern "C" __global__ void regularize(
        float *value, float *partial, float *dw, const float *__restrict__ w, float l1, float l2, int n) {
    sumColumns(value, partial, 1, n, 1, [=](int k, int) {
        float w_k = w[k];
        dw[k] += l1 * sign(w_k) + 2 * l2 * w_k;
        return (double) (l1 * fabsf(w_k) + l2 * w_k * w_k);
    });
}

/** LossFunction, by its place in the enum. */
enum Loss { SQUARED_ERROR, ABSOLUTE_ERROR, BINARY_CROSS_ENTROPY };

/** value += scale · loss and its gradient, element by element. Scalar twin: LossLoops.lossOfRow. */
extern "C" __global__ void lossOfElements(
        float *value, float *partial, float *__restrict__ dPrediction, const float *__restrict__ prediction,
        const float *__restrict__ target, int f, float scale, int n) {
    sumColumns(value, partial, 1, n, 1, [=](int k, int) {
        float p = prediction[k];
        float t = target[k];
        float gradient, loss;
        if (f == SQUARED_ERROR) {
            gradient = 2 * (p - t);
            loss = (p - t) * (p - t);
        } else if (f == ABSOLUTE_ERROR) {
            gradient = sign(p - t);
            loss = fabsf(p - t);
        } else { // BINARY_CROSS_ENTROPY, from logits
            gradient = 1 / (1 + expf(-p)) - t;
            loss = fmaxf(p, 0) - p * t + log1pf(expf(-fabsf(p)));
        }
        dPrediction[k] = scale * gradient;
        return (double) scale * loss;
    });
}

/** value += scale · softmax cross-entropy, a thread for each row of n logits. Scalar twin: softmaxCrossEntropy. */
extern "C" __global__ void softmaxCrossEntropy(
        float *value, float *partial, float *__restrict__ dPrediction, const float *__restrict__ prediction,
        const float *__restrict__ target, float scale, int rows, int n) {
    sumColumns(value, partial, 1, rows, 1, [=](int row, int) {
        const float *p = prediction + (size_t) row * n;
        const float *t = target + (size_t) row * n;
        float max = p[0];
        for (int k = 1; k < n; k++) {
            max = p[k] > max ? p[k] : max;
        }
        double sum = 0;
        double targets = 0;
        for (int k = 0; k < n; k++) {
            sum += expf(p[k] - max);
            targets += t[k];
        }
        double logSum = max + log(sum);
        double loss = 0;
        for (int k = 0; k < n; k++) {
            double logSoftmax = p[k] - logSum;
            loss -= t[k] * logSoftmax;
            dPrediction[(size_t) row * n + k] = (float) (scale * (targets * expf((float) logSoftmax) - t[k]));
        }
        return scale * loss;
    });
}

// ---------------------------------------------------------------------------------------------------------------------
// The LSTM cell. A thread for each element of the state: it alone reads and writes the four gates of its element.
// ---------------------------------------------------------------------------------------------------------------------

/** ActivationFunction, by its place in the enum. */
enum Activation { LINEAR, TANH, SIGMOID, HARD_SIGMOID, HARD_SIGMOID_KERAS2, RELU };

__device__ inline float clip01(float x) {
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/** Scalar twin: ActivationFunction.apply. Every thread takes the same branch, so that it costs little. */
__device__ inline float apply(int f, float x) {
    switch (f) {
        case TANH:
            return tanhf(x);
        case SIGMOID:
            return 1 / (1 + expf(-x));
        case HARD_SIGMOID:
            return clip01(x / 6 + 0.5f);
        case HARD_SIGMOID_KERAS2:
            return clip01(0.2f * x + 0.5f);
        case RELU:
            return x < 0 ? 0 : x;
        default:
            return x;
    }
}

/** Scalar twin: ActivationFunction.gradient, from the output y. */
__device__ inline float gradient(int f, float y) {
    switch (f) {
        case TANH:
            return 1 - y * y;
        case SIGMOID:
            return y * (1 - y);
        case HARD_SIGMOID:
            return y > 0 && y < 1 ? 1 / 6.0f : 0;
        case HARD_SIGMOID_KERAS2:
            return y > 0 && y < 1 ? 0.2f : 0;
        case RELU:
            return y > 0 ? 1 : 0;
        default:
            return 1;
    }
}

/** Scalar twin: GateLoops.forward. c may be c_tm1; peephole (3, R, F) may be null. */
extern "C" __global__ void lstmGates(
        float *h, float *c, float *gates, const float *c_tm1, const float *__restrict__ peephole, int R, int N, int F,
        int activation, int recurrentActivation) {
    unsigned at = element();
    if (at < (unsigned) N * F) {
        int n = at / F;
        int k = at % F;
        float *gate = gates + (size_t) n * 4 * F + k;
        const float *p = peephole ? peephole + (n % R) * F + k : nullptr;
        float c_prev = c_tm1[at];

        float i = apply(recurrentActivation, gate[0] + (p ? p[0] * c_prev : 0));
        float f = apply(recurrentActivation, gate[F] + (p ? p[R * F] * c_prev : 0));
        float g = apply(activation, gate[2 * F]);
        float c_new = f * c_prev + i * g;
        float o = apply(recurrentActivation, gate[3 * F] + (p ? p[2 * R * F] * c_new : 0));

        gate[0] = i;
        gate[F] = f;
        gate[2 * F] = g;
        gate[3 * F] = o;
        c[at] = c_new;
        h[at] = o * apply(activation, c_new);
    }
}

/** Scalar twin: GateLoops.backward, but for dPeephole, which is a sum over rows. dGates may be gates. */
extern "C" __global__ void lstmGatesGrad(
        float *dGates, float *dc, const float *dh, const float *gates, const float *c, const float *c_tm1,
        const float *__restrict__ peephole, int R, int N, int F, int activation, int recurrentActivation) {
    unsigned at = element();
    if (at < (unsigned) N * F) {
        int n = at / F;
        int k = at % F;
        const float *gate = gates + (size_t) n * 4 * F + k;
        float *dGate = dGates + (size_t) n * 4 * F + k;
        const float *p = peephole ? peephole + (n % R) * F + k : nullptr;
        float i = gate[0];
        float f = gate[F];
        float g = gate[2 * F];
        float o = gate[3 * F];
        float a_c = apply(activation, c[at]);
        float dh_t = dh[at];

        float d_o = dh_t * a_c * gradient(recurrentActivation, o);
        float dc_t = dc[at] + dh_t * o * gradient(activation, a_c);
        if (p) {
            dc_t += d_o * p[2 * R * F];
        }
        float d_i = dc_t * g * gradient(recurrentActivation, i);
        float d_f = dc_t * c_tm1[at] * gradient(recurrentActivation, f);
        float d_g = dc_t * i * gradient(activation, g);
        float dc_prev = dc_t * f;
        if (p) {
            dc_prev += d_i * p[0] + d_f * p[R * F];
        }

        dGate[0] = d_i;
        dGate[F] = d_f;
        dGate[2 * F] = d_g;
        dGate[3 * F] = d_o;
        dc[at] = dc_prev;
    }
}

/**
 * dPeephole (3, R, F) += Σ over the N / R rows that share a weight of d_i ∘ c_tm1, d_f ∘ c_tm1, d_o ∘ c: blockIdx.z is
 * the gate. Called after lstmGatesGrad. Scalar twin: the last part of GateLoops.backward.
 */
extern "C" __global__ void peepholeGrad(
        float *dPeephole, float *partial, const float *__restrict__ dGates, const float *__restrict__ c,
        const float *__restrict__ c_tm1, int R, int N, int F) {
    const float *state = blockIdx.z == 2 ? c : c_tm1;
    int gate = blockIdx.z == 2 ? 3 : blockIdx.z;
    sumColumns(dPeephole, partial, 1, N / R, R * F, [=](int row, int column) {
        size_t n = (size_t) row * R + column / F;
        int k = column % F;
        return (double) (dGates[(n * 4 + gate) * F + k] * state[n * F + k]);
    });
}

// ---------------------------------------------------------------------------------------------------------------------
// Element by element: a thread for each. Scalar twins: the methods of ReferenceBackend of the same name.
// Tensors may be the same here, hence no __restrict__.
// ---------------------------------------------------------------------------------------------------------------------

extern "C" __global__ void fill(float *dst, float value, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        dst[k] = value;
    }
}

/** src has srcSize elements and is repeated. */
extern "C" __global__ void copy(float *dst, const float *src, int srcSize, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        dst[k] = src[k % srcSize];
    }
}

/** A thread for each of the `count` columns of N rows. */
extern "C" __global__ void copyChannels(
        float *__restrict__ dst, int dstRow, int dstFrom, const float *__restrict__ src, int srcRow, int srcFrom,
        int count, int accumulate, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float *to = dst + (size_t) (k / count) * dstRow + dstFrom + k % count;
        float value = src[(size_t) (k / count) * srcRow + srcFrom + k % count];
        *to = accumulate ? *to + value : value;
    }
}

/** dst (J, I, row) = src (I, J, row). */
extern "C" __global__ void swap01(
        float *__restrict__ dst, const float *__restrict__ src, int I, int J, int row, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        unsigned i = k / row % I;
        unsigned j = k / row / I;
        dst[k] = src[((size_t) i * J + j) * row + k % row];
    }
}

extern "C" __global__ void activate(float *y, const float *x, int f, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        y[k] = apply(f, x[k]);
    }
}

extern "C" __global__ void activateGrad(float *dx, const float *y, const float *dy, int f, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        dx[k] = dy[k] * gradient(f, y[k]);
    }
}

/** b has bSize elements and is repeated. */
extern "C" __global__ void multiply(float *dst, const float *a, const float *b, int bSize, int accumulate, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float value = a[k] * b[k % bSize];
        dst[k] = accumulate ? dst[k] + value : value;
    }
}

extern "C" __global__ void scaleRows(
        float *dst, const float *src, const float *rows, int row, int accumulate, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float value = src[k] * rows[k / row];
        dst[k] = accumulate ? dst[k] + value : value;
    }
}

extern "C" __global__ void addScaled(float *dst, const float *src, float scale, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        dst[k] += scale * src[k];
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Pooling and normalisation
// ---------------------------------------------------------------------------------------------------------------------

/** The index of the first largest element under window (yo, xo); a NaN wins. Scalar twin: ConvLoops.maximum. */
__device__ inline int maximum(
        const float *x, int n, int yo, int xo, int c, int H, int W, int C, WINDOW) {
    int best = -1;
    for (int i = 0; i < kh; i++) {
        for (int j = 0; j < kw; j++) {
            int iy = yo * sh + i * dh - top;
            int ix = xo * sw + j * dw - left;
            if ((unsigned) iy < (unsigned) H && (unsigned) ix < (unsigned) W) {
                int at = ((n * H + iy) * W + ix) * C + c;
                if (best < 0 || x[at] > x[best] || x[at] != x[at]) {
                    best = at;
                }
            }
        }
    }
    return best;
}

/** A thread for each output. Scalar twin: ConvLoops.maxPool2d. */
extern "C" __global__ void maxPool2d(
        float *__restrict__ out, const float *__restrict__ x, int N, int H, int W, int C, int Ho, int Wo, WINDOW) {
    unsigned k = element();
    if (k < (unsigned) N * Ho * Wo * C) {
        int pixel = k / C;
        out[k] = x[maximum(x, pixel / Wo / Ho, pixel / Wo % Ho, pixel % Wo, k % C, H, W, C, THE_WINDOW)];
    }
}

/**
 * A thread for each INPUT: it looks at every window that reaches it, and takes what belongs to it. The other way round,
 * as the scalar twin ConvLoops.maxPool2dGrad goes, two threads could add to one element at the same time.
 */
extern "C" __global__ void maxPool2dGrad(
        float *__restrict__ dx, const float *__restrict__ dOut, const float *__restrict__ x, int N, int H, int W,
        int C, int Ho, int Wo, WINDOW) {
    unsigned k = element();
    if (k < (unsigned) N * H * W * C) {
        int c = k % C;
        int ix = k / C % W;
        int iy = k / C / W % H;
        int n = k / C / W / H;
        float sum = 0;
        for (int i = kh - 1; i >= 0; i--) { // so that windows come in the order of the twin
            int y = iy + top - i * dh;
            for (int j = kw - 1; j >= 0; j--) {
                int xx = ix + left - j * dw;
                if (y >= 0 && xx >= 0 && y % sh == 0 && xx % sw == 0 && y / sh < Ho && xx / sw < Wo
                        && maximum(x, n, y / sh, xx / sw, c, H, W, C, THE_WINDOW) == (int) k) {
                    sum += dOut[((n * Ho + y / sh) * Wo + xx / sw) * C + c];
                }
            }
        }
        dx[k] = sum;
    }
}

/** mean (G, C) of each of G runs of M rows; blockIdx.z is the run. Scalar twin: ReferenceBackend.batchNorm. */
extern "C" __global__ void batchMean(float *mean, float *partial, const float *__restrict__ x, int M, int C) {
    const float *run = x + (size_t) blockIdx.z * M * C;
    sumColumns(mean, partial, 0, M, C, [=](int m, int c) { return (double) run[(size_t) m * C + c] / M; });
}

/** variance (G, C), biased, around the mean. */
extern "C" __global__ void batchVariance(
        float *variance, float *partial, const float *__restrict__ x, const float *__restrict__ mean, int M, int C) {
    const float *run = x + (size_t) blockIdx.z * M * C;
    const float *mu = mean + blockIdx.z * C;
    sumColumns(variance, partial, 0, M, C, [=](int m, int c) {
        double d = (double) run[(size_t) m * C + c] - mu[c];
        return d * d / M;
    });
}

/** y = gamma (x - mean) / sqrt(variance + epsilon) + beta; gamma and beta may be null. */
extern "C" __global__ void batchNorm(
        float *__restrict__ y, const float *__restrict__ x, const float *__restrict__ gamma,
        const float *__restrict__ beta, const float *__restrict__ mean, const float *__restrict__ variance,
        float epsilon, int M, int C, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        int c = k % C;
        int gc = k / C / M * C + c;
        float scale = (gamma ? gamma[c] : 1) / sqrtf(variance[gc] + epsilon);
        y[k] = (x[k] - mean[gc]) * scale + (beta ? beta[c] : 0);
    }
}

/** sum_dy (G, C) = Σ dy. Scalar twin, with the two below: ReferenceBackend.batchNormGrad. */
extern "C" __global__ void batchSumDy(float *sum_dy, float *partial, const float *__restrict__ dy, int M, int C) {
    const float *run = dy + (size_t) blockIdx.z * M * C;
    sumColumns(sum_dy, partial, 0, M, C, [=](int m, int c) { return (double) run[(size_t) m * C + c]; });
}

/** sum_dy_xhat (G, C) = Σ dy ∘ xhat. */
extern "C" __global__ void batchSumDyXhat(
        float *sum_dy_xhat, float *partial, const float *__restrict__ dy, const float *__restrict__ x,
        const float *__restrict__ mean, const float *__restrict__ variance, float epsilon, int M, int C) {
    size_t run = (size_t) blockIdx.z * M * C;
    int g = blockIdx.z * C;
    sumColumns(sum_dy_xhat, partial, 0, M, C, [=](int m, int c) {
        size_t k = run + (size_t) m * C + c;
        return (double) (dy[k] * (x[k] - mean[g + c]) / sqrtf(variance[g + c] + epsilon));
    });
}

extern "C" __global__ void batchNormGrad(
        float *__restrict__ dx, const float *__restrict__ dy, const float *__restrict__ x,
        const float *__restrict__ gamma, const float *__restrict__ mean, const float *__restrict__ variance,
        const float *__restrict__ sum_dy, const float *__restrict__ sum_dy_xhat, float epsilon, int training, int M,
        int C, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        int c = k % C;
        int gc = k / C / M * C + c;
        float deviation = sqrtf(variance[gc] + epsilon);
        float d = dy[k];
        if (training) { // the statistics depend on x too: take out what a shift or a stretch of x would do
            float xhat = (x[k] - mean[gc]) / deviation;
            d -= sum_dy[gc] / M + xhat * (sum_dy_xhat[gc] / M);
        }
        dx[k] = d * ((gamma ? gamma[c] : 1) / deviation);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Optimisers: a thread for each weight. Scalar twins: the methods of ReferenceBackend of the same name.
// ---------------------------------------------------------------------------------------------------------------------

/** The norm stays on the GPU: every thread reads it, and the host need not wait. */
extern "C" __global__ void clipByNorm(float *x, const float *__restrict__ sumSquares, float maxNorm, int n) {
    unsigned k = element();
    float norm = sqrtf(*sumSquares);
    if (k < (unsigned) n && norm > maxNorm) {
        x[k] += (maxNorm / norm - 1) * x[k];
    }
}

extern "C" __global__ void sgd(
        float *__restrict__ w, const float *__restrict__ dw, float *__restrict__ velocity, float rate, float momentum,
        int nesterov, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float v = momentum * velocity[k] - rate * dw[k];
        velocity[k] = v;
        w[k] += nesterov ? momentum * v - rate * dw[k] : v;
    }
}

extern "C" __global__ void rmsProp(
        float *__restrict__ w, const float *__restrict__ dw, float *__restrict__ v, float rate, float rho,
        float epsilon, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float v_k = rho * v[k] + (1 - rho) * dw[k] * dw[k];
        v[k] = v_k;
        w[k] -= rate * dw[k] / sqrtf(v_k + epsilon);
    }
}

extern "C" __global__ void adam(
        float *__restrict__ w, const float *__restrict__ dw, float *__restrict__ m, float *__restrict__ v, float rate,
        float beta1, float beta2, float epsilon, int n) {
    unsigned k = element();
    if (k < (unsigned) n) {
        float m_k = beta1 * m[k] + (1 - beta1) * dw[k];
        float v_k = beta2 * v[k] + (1 - beta2) * dw[k] * dw[k];
        m[k] = m_k;
        v[k] = v_k;
        w[k] -= rate * m_k / (sqrtf(v_k) + epsilon);
    }
}
