// A driver library without a GPU: the functions of libcuda that convlstm.backend.cuda.Driver calls, for one made-up
// device whose memory is the computer's and whose kernels are KERNELS compiled for the CPU. What is put into a stream is
// done as late as a GPU might: when somebody waits. It refuses what a driver refuses, notices writes outside of
// allocations, counts every call, and fails where a test wants it to. With FAKE_CUDA_GUARDED in the environment no kernel
// can read outside of an allocation either.
//
// Compiled by convlstm.backend.cuda.HostCuda with
//   -DKERNELS="kernels.cu"  the kernels, and
//   -DKERNEL_LIST="list"    a file with one line KERNEL(name) for each of them.
#include "cuda_on_host.h"

#include KERNELS

#include <deque>
#include <map>
#include <regex>
#include <set>

#undef threadIdx
#undef blockIdx
#undef blockDim
#undef gridDim

#define EXPORT extern "C" __attribute__((visibility("default")))

using CUresult = int;
using Handle = uint64_t;

namespace {

enum {
    SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101,
    INVALID_CONTEXT = 201, NO_BINARY_FOR_GPU = 209, INVALID_PTX = 218, NO_JIT_COMPILER = 221,
    UNSUPPORTED_PTX_VERSION = 222,
    INVALID_HANDLE = 400, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, LAUNCH_FAILED = 719, UNKNOWN = 999
};

const std::map<int, std::pair<const char*, const char*>> ERRORS = {
    {INVALID_VALUE, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
    {OUT_OF_MEMORY, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
    {NOT_INITIALIZED, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
    {NO_DEVICE, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
    {INVALID_DEVICE, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
    {INVALID_CONTEXT, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
    {NO_BINARY_FOR_GPU, {"CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}},
    {INVALID_PTX, {"CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"}},
    {NO_JIT_COMPILER, {"CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "PTX JIT compiler library not found"}},
    {UNSUPPORTED_PTX_VERSION, {"CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
                               "the provided PTX was compiled with an unsupported toolchain."}},
    {INVALID_HANDLE, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
    {NOT_FOUND, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
    {ILLEGAL_ADDRESS, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
    {LAUNCH_FAILED, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
    {UNKNOWN, {"CUDA_ERROR_UNKNOWN", "unknown error"}},
};

// ---- the kernels, and how to call one with arguments that lie somewhere in memory

struct Kernel {
    std::vector<size_t> sizes;
    std::vector<bool> pointers;
    std::function<void(char* const*)> call;
};

template <typename... P, size_t... k>
Kernel kernel(void (*f)(P...), std::index_sequence<k...>) {
    return {{sizeof(P)...}, {std::is_pointer_v<P>...}, [f](char* const* a) { f(*reinterpret_cast<P*>(a[k])...); }};
}

template <typename... P>
Kernel kernel(void (*f)(P...)) {
    return kernel(f, std::index_sequence_for<P...>{});
}

const std::map<std::string, Kernel> KERNELS_BY_NAME = {
#define KERNEL(name) {#name, kernel(name)},
#include KERNEL_LIST
};

// ---- the device and its state

struct Allocation {
    size_t bytes;
    char* block;  // GUARD marks, the memory, GUARD marks; or pages between two that nobody may touch
};

struct Function {
    Handle module;
    std::string name;
    const Kernel* kernel;
    unsigned mostSharedBytes = 48 << 10;
};

struct Launch {
    Handle function;
    std::string name;
    cuda_on_host::Grid grid;
    std::vector<std::vector<char>> arguments;
};

struct Node {
    Handle graph;
    Launch launch;
    std::vector<Handle> after;
};

struct Executable {
    Handle graph;
    std::vector<Handle> order;
    std::map<Handle, Launch> launches;
};

constexpr size_t GUARD = 256;
constexpr size_t PAGE = 4096;
constexpr int MARK = 0xff;  // as a float NaN: who reads outside of an allocation computes with NaN

struct State {
    int devices = 1, capability = 80, version = 12040;
    size_t memory = size_t(4) << 30;
    bool descending = false;
    bool quiet = false;

    bool initialized = false;
    int broken = 0;  // an error while a kernel ran spoils the GPU for the process, whatever context it opens
    int contexts = 0;
    Handle nextHandle = 0x1000;
    size_t used = 0;

    std::map<uint64_t, Allocation> allocations;
    std::map<uint64_t, size_t> pinned;
    std::map<Handle, std::set<std::string>> modules;
    std::map<Handle, Function> functions;
    std::set<Handle> streams, events, graphs;
    std::map<Handle, Node> nodes;
    std::map<Handle, Executable> executables;

    std::deque<std::function<int()>> queue;
    std::map<std::string, long> calls;
    std::map<std::string, std::pair<int, long>> failures;  // error, calls that still succeed
    long launched = 0;
    FILE* record = nullptr;  // where launches are written instead of being run
};

State* state = new State();
cuda_on_host::Runner* runner = new cuda_on_host::Runner();
std::recursive_mutex gate;
constexpr Handle CONTEXT = 0xc0;
thread_local Handle current = 0;

enum Needs { NOTHING, INIT, CURRENT };

/** What every function does first: count, fail if told to, and refuse if something is missing. */
CUresult begin(const char* function, Needs needs) {
    state->calls[function]++;
    auto failure = state->failures.find(function);
    if (failure != state->failures.end() && failure->second.second-- == 0) {
        int error = failure->second.first;
        state->failures.erase(failure);
        return error;
    }
    if (needs != NOTHING && !state->initialized) {
        return NOT_INITIALIZED;
    }
    if (needs == CURRENT && (current != CONTEXT || state->contexts == 0)) {
        return INVALID_CONTEXT;
    }
    return needs == CURRENT ? state->broken : SUCCESS;
}

#define BEGIN(needs) \
    std::lock_guard lock(gate); \
    if (CUresult e = begin(__func__, needs)) return e
#define REQUIRE(condition, error) if (!(condition)) return error

Handle handle() {
    return state->nextHandle += 0x10;
}

/** The allocation that an address lies in, or null. */
const Allocation* allocation(uint64_t address, uint64_t* start = nullptr) {
    auto after = state->allocations.upper_bound(address);
    if (after == state->allocations.begin()) {
        return nullptr;
    }
    auto& [from, a] = *std::prev(after);
    if (start != nullptr) {
        *start = from;
    }
    return address < from + a.bytes ? &a : nullptr;
}

bool inside(uint64_t address, size_t bytes) {
    uint64_t start;
    const Allocation* a = allocation(address, &start);
    return a != nullptr && address + bytes <= start + a->bytes;
}

// ---- memory whose ends and afterlife nobody may touch: whoever does is stopped by the processor (SIGSEGV)

/** Slow, and the end of the process where something is wrong; so only where the environment asks for it. */
const bool GUARDED = getenv("FAKE_CUDA_GUARDED") != nullptr;

size_t guardedBytes(size_t bytes) {
    return (bytes + PAGE - 1) / PAGE * PAGE + 2 * PAGE;
}

/** Pages for an allocation, and where it begins: so that it ends where its pages do, but for what 16 bytes leave. */
char* guarded(size_t bytes, char** first) {
    size_t all = guardedBytes(bytes);
    char* pages = static_cast<char*>(mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (pages == MAP_FAILED || mprotect(pages + PAGE, all - 2 * PAGE, PROT_READ | PROT_WRITE) != 0) {
        return nullptr;
    }
    *first = pages + all - PAGE - (bytes + 15) / 16 * 16;
    memset(pages + PAGE, MARK, all - 2 * PAGE);
    return pages;
}

void release(const Allocation& a) {
    if (GUARDED) {  // nobody gets these addresses again
        mmap(a.block, guardedBytes(a.bytes), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    } else {
        free(a.block);
    }
}

bool guardsStand(const Allocation& a) {
    if (GUARDED) {
        return true;
    }
    for (size_t k = 0; k < GUARD; k++) {
        if (a.block[k] != char(MARK) || a.block[GUARD + a.bytes + k] != char(MARK)) {
            return false;
        }
    }
    return true;
}

/** Whether nobody needs what is in so much memory: launches are only written down, and it holds no loss that is read. */
bool unneeded(size_t bytes) {
    return state->record && bytes > 4096;
}

/** Does everything that is in the streams, in order. */
CUresult drain() {
    while (!state->queue.empty() && state->broken == 0) {
        auto work = std::move(state->queue.front());
        state->queue.pop_front();
        state->broken = work();
    }
    return state->broken;
}

/** Says what a GPU would not tell. */
int fault(int error, const std::string& what) {
    if (!state->quiet) {
        fprintf(stderr, "fake_cuda: %s\n", what.c_str());
    }
    return error;
}

/** A line for a launch: its kernel, its sizes, and its arguments as whole numbers. */
int record(const Launch& l) {
    fprintf(state->record, "%s %u %u %u", l.name.c_str(), l.grid.blocks.x, l.grid.blocks.y, l.grid.blocks.z);
    fprintf(state->record, " %u %u", l.grid.threads.x, l.grid.threads.y);
    for (auto& argument : l.arguments) {
        long value = 0;
        memcpy(&value, argument.data(), argument.size());
        fprintf(state->record, " %ld", value);
    }
    fprintf(state->record, "\n");
    return 0;
}

int execute(const Launch& l) {
    state->launched++;
    if (state->record) {
        return record(l);
    }
    const Kernel& k = *state->functions.at(l.function).kernel;
    std::vector<const Allocation*> touched;
    for (size_t p = 0; p < k.sizes.size(); p++) {
        uint64_t address;
        memcpy(&address, l.arguments[p].data(), std::min(sizeof address, k.sizes[p]));
        if (!k.pointers[p] || address == 0) {
            continue;
        }
        const Allocation* a = allocation(address);
        if (a == nullptr) {
            return fault(ILLEGAL_ADDRESS, l.name + ": parameter " + std::to_string(p) + " is in no allocation");
        }
        touched.push_back(a);
    }
    std::string wrong = runner->run(l.grid);
    if (!wrong.empty()) {
        return fault(LAUNCH_FAILED, l.name + ": " + wrong);
    }
    for (const Allocation* a : touched) {
        if (!guardsStand(*a)) {
            return fault(ILLEGAL_ADDRESS, l.name + ": wrote outside of an allocation of " + std::to_string(a->bytes)
                         + " bytes");
        }
    }
    return SUCCESS;
}

/** Checks a launch as the driver does, and copies its arguments. */
CUresult prepare(Handle function, dim3 blocks, dim3 threads, unsigned sharedBytes, void** parameters, Launch* out) {
    auto f = state->functions.find(function);
    REQUIRE(f != state->functions.end(), INVALID_HANDLE);
    REQUIRE(blocks.x >= 1 && blocks.y >= 1 && blocks.z >= 1, INVALID_VALUE);
    REQUIRE(blocks.x <= 2147483647u && blocks.y <= 65535 && blocks.z <= 65535, INVALID_VALUE);
    REQUIRE(threads.x >= 1 && threads.y >= 1 && threads.z >= 1, INVALID_VALUE);
    REQUIRE(threads.x <= 1024 && threads.y <= 1024 && threads.z <= 64, INVALID_VALUE);
    REQUIRE(threads.x * threads.y * threads.z <= 1024, INVALID_VALUE);
    REQUIRE(sharedBytes <= f->second.mostSharedBytes, INVALID_VALUE);
    const Kernel& k = *f->second.kernel;
    REQUIRE(parameters != nullptr || k.sizes.empty(), INVALID_VALUE);
    auto arguments = std::make_shared<std::vector<std::vector<char>>>();
    for (size_t p = 0; p < k.sizes.size(); p++) {
        const char* from = static_cast<const char*>(parameters[p]);
        arguments->emplace_back(from, from + k.sizes[p]);
    }
    auto run = [&k, arguments] {
        char* addresses[64];
        for (size_t p = 0; p < arguments->size(); p++) {
            addresses[p] = (*arguments)[p].data();
        }
        k.call(addresses);
    };
    *out = {function, f->second.name, {run, blocks, threads, sharedBytes, state->descending}, *arguments};
    return SUCCESS;
}

struct NodeParameters {  // CUDA_KERNEL_NODE_PARAMS
    Handle function;
    dim3 blocks, threads;
    unsigned sharedBytes;
    void** parameters;
    void** extra;
};
static_assert(sizeof(NodeParameters) == 56);

/** The CUDA version, 1000 major + 10 minor, that first understood PTX of a version. */
int cudaOfPtx(int major, int minor) {
    if (major == 8 && minor >= 6) {
        minor++;
    }
    return 1000 * (major + 4) + 10 * minor;
}

}  // namespace

// ---- what the driver has

EXPORT CUresult cuInit(unsigned flags) {
    BEGIN(NOTHING);
    REQUIRE(flags == 0, INVALID_VALUE);
    REQUIRE(state->devices > 0, NO_DEVICE);
    state->initialized = true;
    return SUCCESS;
}

EXPORT CUresult cuDriverGetVersion(int* version) {
    BEGIN(NOTHING);
    *version = state->version;
    return SUCCESS;
}

EXPORT CUresult cuGetErrorName(CUresult error, const char** name) {
    auto e = ERRORS.find(error);
    REQUIRE(e != ERRORS.end(), INVALID_VALUE);
    *name = e->second.first;
    return SUCCESS;
}

EXPORT CUresult cuGetErrorString(CUresult error, const char** sentence) {
    auto e = ERRORS.find(error);
    REQUIRE(e != ERRORS.end(), INVALID_VALUE);
    *sentence = e->second.second;
    return SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int* count) {
    BEGIN(INIT);
    *count = state->devices;
    return SUCCESS;
}

EXPORT CUresult cuDeviceGet(int* device, int ordinal) {
    BEGIN(INIT);
    REQUIRE(ordinal >= 0 && ordinal < state->devices, INVALID_DEVICE);
    *device = ordinal;
    return SUCCESS;
}

EXPORT CUresult cuDeviceGetName(char* name, int length, int device) {
    BEGIN(INIT);
    REQUIRE(device >= 0 && device < state->devices, INVALID_DEVICE);
    snprintf(name, length, "CPU in place of a GPU");
    return SUCCESS;
}

EXPORT CUresult cuDeviceTotalMem_v2(size_t* bytes, int device) {
    BEGIN(INIT);
    REQUIRE(device >= 0 && device < state->devices, INVALID_DEVICE);
    *bytes = state->memory;
    return SUCCESS;
}

EXPORT CUresult cuDeviceGetAttribute(int* value, int attribute, int device) {
    BEGIN(INIT);
    REQUIRE(device >= 0 && device < state->devices, INVALID_DEVICE);
    switch (attribute) {
        case 16: *value = 2; return SUCCESS;                                // multiprocessors
        case 75: *value = state->capability / 10; return SUCCESS;           // compute capability, major
        case 76: *value = state->capability % 10; return SUCCESS;           // and minor
        case 97: *value = cuda_on_host::MAX_SHARED_BYTES; return SUCCESS;   // shared memory of a block, at most
        default: return INVALID_VALUE;
    }
}

EXPORT CUresult cuDevicePrimaryCtxRetain(Handle* context, int device) {
    BEGIN(INIT);
    REQUIRE(device >= 0 && device < state->devices, INVALID_DEVICE);
    state->contexts++;
    *context = CONTEXT;
    return SUCCESS;
}

EXPORT CUresult cuDevicePrimaryCtxRelease_v2(int device) {
    BEGIN(INIT);
    REQUIRE(device >= 0 && device < state->devices, INVALID_DEVICE);
    REQUIRE(state->contexts > 0, INVALID_CONTEXT);
    state->contexts--;
    return SUCCESS;
}

EXPORT CUresult cuCtxSetCurrent(Handle context) {
    BEGIN(INIT);
    REQUIRE(context == CONTEXT || context == 0, INVALID_CONTEXT);
    current = context;
    return SUCCESS;
}

// ---- programs

EXPORT CUresult cuModuleLoadDataEx(Handle* module, const char* image, unsigned options, int*, void**) {
    BEGIN(CURRENT);
    REQUIRE(image != nullptr && options == 0, INVALID_VALUE);
    std::string ptx = image;
    std::smatch m;
    REQUIRE(std::regex_search(ptx, m, std::regex("\\.version (\\d+)\\.(\\d+)")), INVALID_PTX);
    REQUIRE(cudaOfPtx(std::stoi(m[1]), std::stoi(m[2])) <= state->version, UNSUPPORTED_PTX_VERSION);
    REQUIRE(std::regex_search(ptx, m, std::regex("\\.target sm_(\\d+)")), INVALID_PTX);
    REQUIRE(std::stoi(m[1]) <= state->capability, NO_BINARY_FOR_GPU);
    std::set<std::string> entries;
    std::regex entry("\\.entry ([A-Za-z_0-9]+)");
    for (std::sregex_iterator e(ptx.begin(), ptx.end(), entry), end; e != end; ++e) {
        entries.insert((*e)[1]);
    }
    *module = handle();
    state->modules[*module] = entries;
    return SUCCESS;
}

EXPORT CUresult cuModuleUnload(Handle module) {
    BEGIN(CURRENT);
    REQUIRE(state->modules.erase(module) == 1, INVALID_HANDLE);
    drain();
    std::erase_if(state->functions, [module](auto& f) { return f.second.module == module; });
    return SUCCESS;
}

EXPORT CUresult cuModuleGetFunction(Handle* function, Handle module, const char* name) {
    BEGIN(CURRENT);
    auto m = state->modules.find(module);
    REQUIRE(m != state->modules.end(), INVALID_HANDLE);
    auto k = KERNELS_BY_NAME.find(name);
    REQUIRE(m->second.count(name) == 1 && k != KERNELS_BY_NAME.end(), NOT_FOUND);
    *function = handle();
    state->functions[*function] = {module, name, &k->second};
    return SUCCESS;
}

EXPORT CUresult cuFuncSetAttribute(Handle function, int attribute, int value) {
    BEGIN(CURRENT);
    auto f = state->functions.find(function);
    REQUIRE(f != state->functions.end(), INVALID_HANDLE);
    REQUIRE(attribute == 8 && value >= 0 && value <= int(cuda_on_host::MAX_SHARED_BYTES), INVALID_VALUE);
    f->second.mostSharedBytes = value;
    return SUCCESS;
}

// ---- memory

EXPORT CUresult cuMemAlloc_v2(uint64_t* address, size_t bytes) {
    BEGIN(CURRENT);
    REQUIRE(bytes > 0, INVALID_VALUE);
    REQUIRE(state->used + bytes <= state->memory, OUT_OF_MEMORY);
    char* first = nullptr;
    char* block = GUARDED ? guarded(bytes, &first)
                          : static_cast<char*>(aligned_alloc(256, (2 * GUARD + bytes + 255) / 256 * 256));
    REQUIRE(block != nullptr, OUT_OF_MEMORY);
    if (!GUARDED) {
        memset(block, MARK, GUARD + (unneeded(bytes) ? 0 : bytes));
        memset(block + GUARD + bytes, MARK, GUARD);
        first = block + GUARD;
    }
    state->used += bytes;
    *address = reinterpret_cast<uint64_t>(first);
    state->allocations[*address] = {bytes, block};
    return SUCCESS;
}

EXPORT CUresult cuMemFree_v2(uint64_t address) {
    BEGIN(CURRENT);
    auto a = state->allocations.find(address);
    REQUIRE(a != state->allocations.end(), INVALID_VALUE);
    CUresult e = drain();
    if (e == SUCCESS && !guardsStand(a->second)) {
        e = state->broken = fault(ILLEGAL_ADDRESS, "something wrote outside of an allocation of "
                                  + std::to_string(a->second.bytes) + " bytes");
    }
    state->used -= a->second.bytes;
    release(a->second);
    state->allocations.erase(a);
    return e;
}

EXPORT CUresult cuMemGetInfo_v2(size_t* unused, size_t* total) {
    BEGIN(CURRENT);
    *unused = state->memory - state->used;
    *total = state->memory;
    return SUCCESS;
}

EXPORT CUresult cuMemHostAlloc(char** memory, size_t bytes, unsigned flags) {
    BEGIN(CURRENT);
    REQUIRE(bytes > 0 && flags == 0, INVALID_VALUE);
    *memory = static_cast<char*>(malloc(bytes));
    REQUIRE(*memory != nullptr, OUT_OF_MEMORY);
    state->pinned[reinterpret_cast<uint64_t>(*memory)] = bytes;
    return SUCCESS;
}

EXPORT CUresult cuMemFreeHost(char* memory) {
    BEGIN(CURRENT);
    REQUIRE(state->pinned.count(reinterpret_cast<uint64_t>(memory)) == 1, INVALID_VALUE);
    CUresult e = drain();
    state->pinned.erase(reinterpret_cast<uint64_t>(memory));
    free(memory);
    return e;
}

namespace {

bool isPinned(const void* memory, size_t bytes) {
    uint64_t address = reinterpret_cast<uint64_t>(memory);
    auto after = state->pinned.upper_bound(address);
    return after != state->pinned.begin() && address + bytes <= std::prev(after)->first + std::prev(after)->second;
}

}  // namespace

/** Pinned memory is read when the copy's turn comes; other memory now, as the driver promises. */
EXPORT CUresult cuMemcpyHtoDAsync_v2(uint64_t dst, const char* src, size_t bytes, Handle stream) {
    BEGIN(CURRENT);
    REQUIRE(state->streams.count(stream) == 1, INVALID_HANDLE);
    REQUIRE(inside(dst, bytes), INVALID_VALUE);
    if (isPinned(src, bytes)) {
        state->queue.push_back([=] { memcpy(reinterpret_cast<void*>(dst), src, bytes); return 0; });
    } else {
        std::vector<char> copy(src, src + bytes);
        state->queue.push_back([=] { memcpy(reinterpret_cast<void*>(dst), copy.data(), bytes); return 0; });
    }
    return SUCCESS;
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(char* dst, uint64_t src, size_t bytes, Handle stream) {
    BEGIN(CURRENT);
    REQUIRE(state->streams.count(stream) == 1, INVALID_HANDLE);
    REQUIRE(inside(src, bytes), INVALID_VALUE);
    state->queue.push_back([=] { memcpy(dst, reinterpret_cast<void*>(src), bytes); return 0; });
    return isPinned(dst, bytes) ? SUCCESS : drain();
}

EXPORT CUresult cuMemsetD32Async(uint64_t dst, unsigned value, size_t count, Handle stream) {
    BEGIN(CURRENT);
    REQUIRE(state->streams.count(stream) == 1, INVALID_HANDLE);
    REQUIRE(dst % 4 == 0 && inside(dst, 4 * count), INVALID_VALUE);
    if (!unneeded(4 * count)) {
        state->queue.push_back([=] { std::fill_n(reinterpret_cast<unsigned*>(dst), count, value); return 0; });
    }
    return SUCCESS;
}

// ---- streams and events

EXPORT CUresult cuStreamCreate(Handle* stream, unsigned flags) {
    BEGIN(CURRENT);
    REQUIRE(flags <= 1, INVALID_VALUE);
    state->streams.insert(*stream = handle());
    return SUCCESS;
}

EXPORT CUresult cuStreamSynchronize(Handle stream) {
    BEGIN(CURRENT);
    REQUIRE(state->streams.count(stream) == 1, INVALID_HANDLE);
    return drain();
}

EXPORT CUresult cuStreamDestroy_v2(Handle stream) {
    BEGIN(CURRENT);
    REQUIRE(state->streams.erase(stream) == 1, INVALID_HANDLE);
    return drain();
}

EXPORT CUresult cuEventCreate(Handle* event, unsigned flags) {
    BEGIN(CURRENT);
    REQUIRE(flags <= 7, INVALID_VALUE);
    state->events.insert(*event = handle());
    return SUCCESS;
}

EXPORT CUresult cuEventRecord(Handle event, Handle stream) {
    BEGIN(CURRENT);
    REQUIRE(state->events.count(event) == 1 && state->streams.count(stream) == 1, INVALID_HANDLE);
    return SUCCESS;
}

EXPORT CUresult cuEventSynchronize(Handle event) {
    BEGIN(CURRENT);
    REQUIRE(state->events.count(event) == 1, INVALID_HANDLE);
    return drain();
}

EXPORT CUresult cuEventDestroy_v2(Handle event) {
    BEGIN(CURRENT);
    REQUIRE(state->events.erase(event) == 1, INVALID_HANDLE);
    return SUCCESS;
}

// ---- launches and graphs

EXPORT CUresult cuLaunchKernel(
        Handle function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
        unsigned blockZ, unsigned sharedBytes, Handle stream, void** parameters, void** extra) {
    BEGIN(CURRENT);
    REQUIRE(state->streams.count(stream) == 1, INVALID_HANDLE);
    REQUIRE(extra == nullptr, INVALID_VALUE);
    Launch l;
    CUresult e = prepare(function, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, sharedBytes, parameters, &l);
    REQUIRE(e == SUCCESS, e);
    state->queue.push_back([l] { return execute(l); });
    return SUCCESS;
}

EXPORT CUresult cuGraphCreate(Handle* graph, unsigned flags) {
    BEGIN(CURRENT);
    REQUIRE(flags == 0, INVALID_VALUE);
    state->graphs.insert(*graph = handle());
    return SUCCESS;
}

EXPORT CUresult cuGraphAddKernelNode(
        Handle* node, Handle graph, const Handle* after, size_t count, const NodeParameters* p) {
    BEGIN(CURRENT);
    REQUIRE(state->graphs.count(graph) == 1, INVALID_HANDLE);
    Node n{graph, {}, {after, after + count}};
    for (Handle a : n.after) {
        REQUIRE(state->nodes.count(a) == 1 && state->nodes[a].graph == graph, INVALID_VALUE);
    }
    REQUIRE(p->extra == nullptr, INVALID_VALUE);
    CUresult e = prepare(p->function, p->blocks, p->threads, p->sharedBytes, p->parameters, &n.launch);
    REQUIRE(e == SUCCESS, e);
    state->nodes[*node = handle()] = n;
    return SUCCESS;
}

EXPORT CUresult cuGraphInstantiateWithFlags(Handle* executable, Handle graph, unsigned long long flags) {
    BEGIN(CURRENT);
    REQUIRE(state->graphs.count(graph) == 1, INVALID_HANDLE);
    REQUIRE(flags == 0, INVALID_VALUE);
    Executable x{graph, {}, {}};
    // Of the nodes that may run next, the one added last: an order that who forgot a dependency does not expect.
    std::set<Handle> rest;
    for (auto& [h, n] : state->nodes) {
        if (n.graph == graph) {
            rest.insert(h);
            x.launches[h] = n.launch;
        }
    }
    while (!rest.empty()) {
        auto ready = std::find_if(rest.rbegin(), rest.rend(), [&](Handle h) {
            auto& after = state->nodes[h].after;
            return std::none_of(after.begin(), after.end(), [&](Handle a) { return rest.count(a) == 1; });
        });
        x.order.push_back(*ready);
        rest.erase(*ready);
    }
    state->executables[*executable = handle()] = x;
    return SUCCESS;
}

EXPORT CUresult cuGraphExecKernelNodeSetParams(Handle executable, Handle node, const NodeParameters* p) {
    BEGIN(CURRENT);
    auto x = state->executables.find(executable);
    REQUIRE(x != state->executables.end(), INVALID_HANDLE);
    auto l = x->second.launches.find(node);
    REQUIRE(l != x->second.launches.end() && state->nodes.count(node) == 1, INVALID_HANDLE);
    REQUIRE(l->second.function == p->function, INVALID_VALUE);
    return prepare(p->function, p->blocks, p->threads, p->sharedBytes, p->parameters, &l->second);
}

EXPORT CUresult cuGraphLaunch(Handle executable, Handle stream) {
    BEGIN(CURRENT);
    auto x = state->executables.find(executable);
    REQUIRE(x != state->executables.end() && state->streams.count(stream) == 1, INVALID_HANDLE);
    for (Handle node : x->second.order) {
        state->queue.push_back([l = x->second.launches.at(node)] { return execute(l); });
    }
    return SUCCESS;
}

EXPORT CUresult cuGraphExecDestroy(Handle executable) {
    BEGIN(CURRENT);
    REQUIRE(state->executables.erase(executable) == 1, INVALID_HANDLE);
    return SUCCESS;
}

EXPORT CUresult cuGraphDestroy(Handle graph) {
    BEGIN(CURRENT);
    REQUIRE(state->graphs.erase(graph) == 1, INVALID_HANDLE);
    std::erase_if(state->nodes, [graph](auto& n) { return n.second.graph == graph; });
    return SUCCESS;
}

// ---- what tests ask for; no driver has these

/** A new driver, as after the start of the computer. */
EXPORT void fake_reset() {
    std::lock_guard lock(gate);
    for (auto& [address, a] : state->allocations) {
        release(a);
    }
    for (auto& [address, bytes] : state->pinned) {
        free(reinterpret_cast<void*>(address));
    }
    delete state;
    state = new State();
}

/** What the device is: how many, compute capability as 10 major + minor, driver as 1000 major + 10 minor, bytes. */
EXPORT void fake_device(int devices, int capability, int version, size_t memory) {
    std::lock_guard lock(gate);
    state->devices = devices;
    state->capability = capability;
    state->version = version;
    state->memory = memory;
}

/** Lets a function fail once, after it has succeeded so many times. */
EXPORT void fake_fail(const char* function, int error, long after) {
    std::lock_guard lock(gate);
    state->failures[function] = {error, after};
}

/** How often a function was called; "" for all of them together. */
EXPORT long fake_calls(const char* function) {
    std::lock_guard lock(gate);
    if (*function != 0) {
        return state->calls[function];
    }
    long all = 0;
    for (auto& [name, count] : state->calls) {
        all += count;
    }
    return all;
}

/** Kernels that have run. */
EXPORT long fake_launched() {
    std::lock_guard lock(gate);
    return state->launched;
}

/** How many there are of a kind, and were not given back. */
EXPORT long fake_live(const char* kind) {
    std::lock_guard lock(gate);
    std::map<std::string, long> live = {
        {"allocations", state->allocations.size()}, {"pinned", state->pinned.size()},
        {"modules", state->modules.size()}, {"contexts", state->contexts}, {"streams", state->streams.size()},
        {"events", state->events.size()}, {"graphs", state->graphs.size()},
        {"executables", state->executables.size()}};
    auto found = live.find(kind);
    return found == live.end() ? -1 : found->second;
}

/** Lets the threads of a block start with the last one instead of the first. */
EXPORT void fake_descending(int yes) {
    std::lock_guard lock(gate);
    state->descending = yes != 0;
}

/** Mistakes of kernels that a test makes on purpose are not printed. */
EXPORT void fake_quiet(int yes) {
    std::lock_guard lock(gate);
    state->quiet = yes != 0;
}

/** From now on launches are not run, but written to a file; without a name they run again. */
EXPORT void fake_record(const char* file) {
    std::lock_guard lock(gate);
    if (state->record) {
        fclose(state->record);
    }
    state->record = *file ? fopen(file, "w") : nullptr;
}
