// CUDA's language on a CPU, as much of it as kernels.cu uses: include this first, then the kernels, and they compile as
// plain C++. Blocks run one after another on up to two threads of the computer. The threads of a block are fibers: each
// has a stack of its own, and at __syncthreads() gives way to the next. Slow, but every index, every barrier and every
// byte of shared memory is as on a GPU.
//
// What kernels have to keep to:
// - extern "C" __global__ void name(pointers, ints, floats); no warp functions, no atomics
// - static shared memory: __shared__ float tile[32][33]; in a function
// - dynamic shared memory has this one name: extern __shared__ float dynamicShared[];
// - __syncthreads() is reached by every thread of a block, or by none
// - what only a GPU has (mma, cp.async) stands in #ifdef __CUDACC__ (or __CUDA_ARCH__), with plain code beside it
#pragma once

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// ---- the language

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
// In a function thread_local means static: one for each thread of the computer, so one for each block under way.
#define __shared__ thread_local

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
#define __expf expf
#define __logf logf
static inline float __fdividef(float a, float b) { return a / b; }
static inline float __ldg(const float* p) { return *p; }
static inline int __float_as_int(float x) { int i; memcpy(&i, &x, sizeof i); return i; }
static inline float __int_as_float(int i) { float x; memcpy(&x, &i, sizeof x); return x; }

namespace cuda_on_host {

constexpr unsigned MAX_SHARED_BYTES = 96 << 10;
constexpr unsigned GUARD_BYTES = 256;

}  // namespace cuda_on_host

/** Behind the bytes that a launch asked for stand marks, so that who writes too far is found out. */
alignas(16) thread_local float dynamicShared[
    (cuda_on_host::MAX_SHARED_BYTES + cuda_on_host::GUARD_BYTES) / sizeof(float)];

namespace cuda_on_host {

constexpr size_t STACK_BYTES = 64 << 10;

/** Which thread this is. */
struct Place {
    uint3 thread, block;
    dim3 blockSize, gridSize;
};

static thread_local Place place;

/** One launch: the kernel as a function without arguments, and its sizes. */
struct Grid {
    std::function<void()> kernel;
    dim3 blocks, threads;
    unsigned sharedBytes;
    bool descending;  // the last thread of a block starts first: a forgotten barrier then gives another result
};

/** Runs blocks on one thread of the computer. */
class Block {
public:
    /** Runs all threads of one block, to the end. Gives nothing, or what is wrong with the kernel. */
    std::string run(const Grid& g, unsigned block) {
        grid = &g;
        next = 0;
        count = g.threads.x * g.threads.y * g.threads.z;
        place.gridSize = g.blocks;
        place.blockSize = g.threads;
        place.block = {block % g.blocks.x, block / g.blocks.x % g.blocks.y, block / g.blocks.x / g.blocks.y};
        char* shared = reinterpret_cast<char*>(dynamicShared);
        memset(shared, 0xff, g.sharedBytes + GUARD_BYTES);  // NaN: shared memory is not zero on a GPU

        std::string fault;
        size_t waiting = startAll();
        while (waiting > 0 && fault.empty()) {
            if (waiting < count) {
                fault = "only " + std::to_string(waiting) + " of " + std::to_string(count)
                    + " threads reached the barrier in line " + std::to_string(fibers[0]->line);
            }
            for (size_t f = 1; f < waiting; f++) {
                if (fibers[f]->line != fibers[0]->line) {
                    fault = "threads of one block wait at barriers in line " + std::to_string(fibers[0]->line)
                        + " and in line " + std::to_string(fibers[f]->line);
                }
            }
            if (fault.empty()) {
                waiting = resumeAll(waiting);
            }
        }
        for (unsigned k = 0; k < GUARD_BYTES && fault.empty(); k++) {
            if (shared[g.sharedBytes + k] != char(0xff)) {
                fault = "writes behind its " + std::to_string(g.sharedBytes) + " bytes of dynamic shared memory";
            }
        }
        if (!fault.empty()) {
            fibers.clear();  // with the threads that still wait in them
        }
        return fault;
    }

    /** Called by a kernel: waits until every thread of the block is here. */
    void barrier(int line) {
        Fiber* f = running;
        f->line = line;
        f->waits = true;
        giveWay(f);
        place.thread = f->thread;
    }

    static thread_local Block* current;

private:
    struct Fiber {
        jmp_buf context;
        ucontext_t start;
        bool started = false;
        bool waits = false;
        int line = 0;
        uint3 thread;
        char* stack;

        Fiber() : stack(static_cast<char*>(mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
        ~Fiber() { munmap(stack, STACK_BYTES); }
        Fiber(const Fiber&) = delete;
    };

    /** A fiber runs one thread after another; only where one waits at a barrier is another fiber needed. */
    size_t startAll() {
        size_t waiting = 0;
        while (next < count) {
            if (waiting == fibers.size()) {
                fibers.push_back(std::make_unique<Fiber>());
            }
            Fiber* f = fibers[waiting].get();
            resume(f);
            waiting += f->waits;
        }
        return waiting;
    }

    size_t resumeAll(size_t waiting) {
        size_t again = 0;
        for (size_t f = 0; f < waiting; f++) {
            fibers[f]->waits = false;
            resume(fibers[f].get());
            again += fibers[f]->waits;
        }
        return again == 0 || again == waiting ? again : partly();
    }

    /** Some threads ended and some wait: those that wait come first, for the message. */
    size_t partly() {
        std::stable_partition(fibers.begin(), fibers.end(), [](auto& f) { return f->waits; });
        return std::count_if(fibers.begin(), fibers.end(), [](auto& f) { return f->waits; });
    }

    /** What a fiber does all its life. */
    static void live() {
        Block* block = current;
        Fiber* self = block->running;
        for (;;) {
            while (block->next < block->count) {
                unsigned k = block->next++;
                const dim3& size = block->grid->threads;
                if (block->grid->descending) {
                    k = block->count - 1 - k;
                }
                self->thread = {k % size.x, k / size.x % size.y, k / size.x / size.y};
                place.thread = self->thread;
                block->grid->kernel();
            }
            block->giveWay(self);
        }
    }

    // _setjmp and _longjmp change stacks without a system call; the first start of a fiber needs makecontext.

    __attribute__((noinline)) void resume(Fiber* f) {
        running = f;
        if (_setjmp(scheduler) != 0) {
            return;
        }
        if (f->started) {
            _longjmp(f->context, 1);
        }
        f->started = true;
        getcontext(&f->start);
        f->start.uc_stack.ss_sp = f->stack;
        f->start.uc_stack.ss_size = STACK_BYTES;
        f->start.uc_link = nullptr;
        makecontext(&f->start, live, 0);
        setcontext(&f->start);
    }

    __attribute__((noinline)) void giveWay(Fiber* f) {
        if (_setjmp(f->context) == 0) {
            _longjmp(scheduler, 1);
        }
    }

    const Grid* grid = nullptr;
    unsigned next = 0, count = 0;
    jmp_buf scheduler;
    Fiber* running = nullptr;
    std::vector<std::unique_ptr<Fiber>> fibers;
};

thread_local Block* Block::current;

/** Runs the blocks of a launch on this thread and, if there are many, on a second one. */
class Runner {
public:
    /** Gives nothing, or what is wrong with the kernel. */
    std::string run(const Grid& g) {
        grid = &g;
        next = 0;
        blocks = g.blocks.x * g.blocks.y * g.blocks.z;
        unsigned long threads = blocks * (unsigned long) (g.threads.x * g.threads.y * g.threads.z);
        bool two = blocks > 1 && threads > 2048;
        if (two) {
            std::lock_guard lock(mutex);
            helped = false;
            wanted = true;
            wake.notify_one();
        }
        work();
        if (two) {
            std::unique_lock lock(mutex);
            done.wait(lock, [this] { return helped; });
        }
        std::string found;
        std::swap(found, fault);
        return found;
    }

    Runner() {
        std::thread([this] {
            for (;;) {
                std::unique_lock lock(mutex);
                wake.wait(lock, [this] { return wanted; });
                wanted = false;
                lock.unlock();
                work();
                lock.lock();
                helped = true;
                done.notify_one();
            }
        }).detach();
    }

private:
    void work() {
        static thread_local Block* mine = new Block();
        Block::current = mine;
        for (unsigned b = next++; b < blocks; b = next++) {
            std::string wrong = mine->run(*grid, b);
            if (!wrong.empty()) {
                std::lock_guard lock(mutex);
                fault = wrong;
                next = blocks;
            }
        }
    }

    const Grid* grid = nullptr;
    std::atomic<unsigned> next{0};
    unsigned blocks = 0;
    std::string fault;
    std::mutex mutex;
    std::condition_variable wake, done;
    bool wanted = false, helped = false;
};

}  // namespace cuda_on_host

#define threadIdx (cuda_on_host::place.thread)
#define blockIdx (cuda_on_host::place.block)
#define blockDim (cuda_on_host::place.blockSize)
#define gridDim (cuda_on_host::place.gridSize)
#define __syncthreads() cuda_on_host::Block::current->barrier(__LINE__)
