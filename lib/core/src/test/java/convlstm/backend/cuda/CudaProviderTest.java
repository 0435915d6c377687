package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import convlstm.backend.Backend;
import convlstm.backend.Backends;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Why a GPU cannot be used is said, and the next backend chosen; a call of the driver that fails leaves nothing open. */
@Tag("slow")
class CudaProviderTest {
    private static final String[] KINDS = {"allocations", "pinned", "modules", "contexts", "streams", "events",
        "graphs",
        "executables"};

    private final HostCuda host = HostCuda.small();
    private final CudaProvider provider = new CudaProvider();

    @AfterEach
    void close() {
        host.close();
    }

    private void assertUnusable(String expected) {
        assertEquals(Optional.of(expected), provider.unusable());
        assertNothingIsLeft();
        String named = System.clearProperty(Backends.PROPERTY);
        try (Backend K = Backends.best()) {
            assertNotEquals("cuda", K.name());
        } finally {
            if (named != null) {
                System.setProperty(Backends.PROPERTY, named);
            }
        }
        assertTrue(Backends.report().contains("cuda       not usable: " + expected), Backends.report());
    }

    private void assertNothingIsLeft() {
        for (String kind : KINDS) {
            assertEquals(0, host.live(kind), kind + " that were not given back");
        }
    }

    @Test
    void aGpuIsPreferred() {
        assertEquals(Optional.empty(), provider.unusable());
        assertEquals("cuda", Backends.providers().get(0).name());
    }

    /** However often somebody asks, the context and the module are made once. */
    @Test
    void itIsOpenedOnceForAProcess() {
        for (int time = 0; time < 10; time++) {
            assertEquals(Optional.empty(), new CudaProvider().unusable());
        }
        assertTrue(Backends.report().contains("cuda       usable"), Backends.report());
        assertEquals(1, host.calls("cuDevicePrimaryCtxRetain"));
        assertEquals(1, host.calls("cuModuleLoadDataEx"));
        CudaProvider.closeAll();
        assertNothingIsLeft();
    }

    @Test
    void aTranslatorThatIsNotFound() {
        host.fail("cuModuleLoadDataEx", DriverException.NO_JIT_COMPILER, 0);
        String why = provider.unusable().get();
        assertTrue(why.startsWith("cuModuleLoadDataEx failed: CUDA_ERROR_JIT_COMPILER_NOT_FOUND (221), ")
                && why.contains("libnvidia-ptxjitcompiler.so.1") && why.contains("LD_LIBRARY_PATH"), why);
    }

    /** As on a real GPU: the error outlives its context. */
    @Test
    void afterAnIllegalAddressTheGpuIsSpoiltForTheProcess() {
        host.quiet();
        try (Device device = new Device(host.ptx())) {
            device.launch("setTo", 1, 1, 1, 64, 1, 0, 12345, 0, 64);
            assertThrows(DriverException.class, device::synchronize);
            assertThrows(DriverException.class, device::close);
        }
        assertEquals("cuStreamCreate failed: CUDA_ERROR_ILLEGAL_ADDRESS (700), an illegal memory access was "
                + "encountered. Hint: a kernel that failed spoils the GPU for this process; start Java again",
                provider.unusable().get());
    }

    @Test
    void noDriver(@TempDir Path folder) {
        System.setProperty(Driver.PROPERTY, folder.resolve("libcuda.so.1").toString());
        assertUnusable("the library " + folder.resolve("libcuda.so.1") + " was not found. Hint: it comes with NVIDIA's "
                + "driver, for a computer with an NVIDIA GPU; nothing else of CUDA is needed");
    }

    @Test
    void anOldDriver() {
        host.device(1, 80, 11020, 1 << 30);
        assertUnusable("the driver knows CUDA 11.2, and 11.7 is needed. Hint: install a newer NVIDIA driver");
    }

    @Test
    void aDriverThatDoesNotKnowThePtx() {
        host.fail("cuModuleLoadDataEx", DriverException.UNSUPPORTED_PTX_VERSION, 0);
        assertEquals(
                "cuModuleLoadDataEx failed: CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222), the provided PTX was compiled "
                        + "with an unsupported toolchain. Hint: install a newer NVIDIA driver",
                provider.unusable().get());
        assertNothingIsLeft();
    }

    @Test
    void noGpu() {
        host.device(0, 80, 12040, 1 << 30);
        assertUnusable(
                "cuInit failed: CUDA_ERROR_NO_DEVICE (100), no CUDA-capable device is detected. Hint: nvidia-smi "
                        + "lists the GPUs; CUDA_VISIBLE_DEVICES can hide them, and a container needs --gpus all");
    }

    @Test
    void anOldGpu() {
        host.device(1, 61, 12040, 1 << 30);
        assertUnusable("CPU in place of a GPU has compute capability 6.1, and 7.5 is needed. Hint: a GPU of 2018 "
                + "(Turing) or newer is needed");
    }

    @Test
    void aGpuThatIsFull() {
        host.fail("cuDevicePrimaryCtxRetain", DriverException.OUT_OF_MEMORY, 0);
        assertEquals("cuDevicePrimaryCtxRetain failed: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory. Hint: nvidia-smi "
                + "shows which program has the GPU's memory", provider.unusable().get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetAttribute",
        "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuStreamCreate", "cuModuleLoadDataEx"})
    void eachCallThatOpensTheGpuMayFail(String function) {
        host.fail(function, 999, 0);
        assertEquals(function + " failed: CUDA_ERROR_UNKNOWN (999), unknown error. Hint: nvidia-smi shows whether the "
                + "driver works", provider.unusable().get());
        assertNothingIsLeft();
        assertEquals(Optional.empty(), provider.unusable(), "the next time it works");
    }

    /** What a training step calls, with each of the driver's functions failing once. */
    @ParameterizedTest
    @CsvSource({"cuModuleGetFunction, 0", "cuFuncSetAttribute, 0", "cuMemAlloc_v2, 0", "cuMemsetD32Async, 0",
        "cuMemHostAlloc, 0", "cuEventCreate, 0", "cuMemcpyHtoDAsync_v2, 0", "cuEventRecord, 0", "cuLaunchKernel, 2",
        "cuMemcpyDtoHAsync_v2, 0", "cuStreamSynchronize, 0", "cuEventSynchronize, 0", "cuGraphCreate, 0",
        "cuGraphAddKernelNode, 3", "cuGraphInstantiateWithFlags, 0", "cuGraphExecKernelNodeSetParams, 0",
        "cuGraphLaunch, 0"})
    void eachCallOfAStepMayFail(String function, int after) {
        try (Device device = new Device(host.ptx())) {
            host.fail(function, 999, after);
            var e = assertThrows(DriverException.class, () -> threeSteps(device));
            assertEquals(999, e.code());
            assertTrue(e.getMessage().contains(function + " failed: CUDA_ERROR_UNKNOWN (999)"), e.getMessage());
            assertEquals(6 * 64, threeSteps(device), "the device is still usable");
        }
        assertNothingIsLeft();
    }

    private static float threeSteps(Device device) {
        long x = device.allocate(64);
        long sum = device.allocate(1);
        float[] result = {0};
        for (int step = 1; step <= 3; step++) {
            device.write(x, new float[64], 0, 64);
            for (int value = 1; value <= 4; value++) {
                device.launch("setTo", 1, 1, 1, 64, 1, 0, x, Float.floatToRawIntBits(step + value - 1f), 64);
            }
            device.launch("sum", 1, 1, 1, 64, 1, 64 << 10, sum, x, 64);
            device.read(sum, result, 0, 1);
        }
        return result[0];
    }

    /** On the way out the rest is freed all the same, and the failure is reported. */
    @ParameterizedTest
    @ValueSource(strings = {"cuStreamSynchronize", "cuMemFree_v2", "cuMemFreeHost", "cuEventDestroy_v2",
        "cuGraphExecDestroy", "cuGraphDestroy", "cuModuleUnload", "cuStreamDestroy_v2",
        "cuDevicePrimaryCtxRelease_v2"})
    void eachCallThatClosesTheGpuMayFail(String function) {
        Device device = new Device(host.ptx());
        threeSteps(device);
        host.fail(function, 999, 0);
        var e = assertThrows(DriverException.class, device::close);
        assertTrue(e.getMessage().startsWith(function + " failed"), e.getMessage());
        assertTrue(function.contains("Ctx") || host.live("contexts") == 0, "the context is given back");
        assertTrue(function.contains("Module") || host.live("modules") == 0, "the module is given back");
        device.close();
    }

    @Test
    void aHandleThatTheDriverDoesNotKnowIsRefused() {
        try (Device device = new Device(host.ptx())) {
            Driver driver = new Driver(Driver.libraryName());
            for (Runnable call : new Runnable[] {() -> driver.unloadModule(7), () -> driver.function(7, "setTo"),
                () -> driver.synchronize(7), () -> driver.destroyStream(7), () -> driver.await(7),
                () -> driver.destroyEvent(7), () -> driver.launchGraph(7, 7), () -> driver.instantiate(7),
                () -> driver.destroyGraph(7), () -> driver.destroyExecutable(7), () -> driver.allowSharedBytes(7, 1),
                () -> driver.record(7, 7), () -> driver.zero(7, 4, 7),
                () -> driver.launch(new Launch("", 7, 1, 1, 1, 1, 1, 0, new long[0]), 7)}) {
                var e = assertThrows(DriverException.class, call::run);
                assertTrue(e.getMessage().contains("CUDA_ERROR_INVALID_HANDLE (400)"), e.getMessage());
            }
            assertThrows(DriverException.class, () -> driver.free(7));
            assertThrows(DriverException.class, () -> driver.setContext(7));
            assertFalse(device.name().isEmpty());
        }
    }
}
