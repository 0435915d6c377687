package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernels' source and the PTX that travels with the kit belong together. */
class PtxTest {
    @ParameterizedTest
    @EnumSource
    void thePtxWasMadeFromTheSource(Ptx.Text text) throws IOException {
        String first = Files.readAllLines(text.path()).getFirst();
        assertEquals(Ptx.firstLine(Files.readString(Ptx.SOURCE)), first,
                "kernels.cu was changed and its PTX was not. Hint: mvn -q -Drun=ptx");
    }

    @Test
    void theFirstLineTellsSourcesApart() {
        assertEquals("// kernels.cu, SHA-256 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
                Ptx.firstLine("a"));
        assertNotEquals(Ptx.firstLine("a"), Ptx.firstLine("b"));
    }

    /** PTX 7.7 came with CUDA 11.7; the driver 515 of May 2022 is the first that reads it. */
    @ParameterizedTest
    @EnumSource
    void anOldDriverCanReadIt(Ptx.Text text) throws IOException {
        String ptx = Files.readString(text.path());
        assertTrue(ptx.contains("\n.version 7.7\n"),
                "PTX newer than 7.7 shuts out older drivers. Hint: compile with nvidia-cuda-nvrtc-cu11 11.7.99");
        assertTrue(ptx.contains("\n.target " + text.target() + "\n"), "the oldest GPUs it is for: " + text.target());
    }

    @Test
    void eachKernelOfTheSourceIsInOne() throws IOException {
        Set<String> kernels = Ptx.kernels(Files.readString(Ptx.Text.KERNELS.path()));
        Set<String> tensorCores = Ptx.kernels(Files.readString(Ptx.Text.TENSOR_CORE_KERNELS.path()));
        assertTrue(kernels.contains("lstmGates"), kernels.toString());
        assertTrue(tensorCores.containsAll(List.of("conv2dTf32By4", "conv2dGradInputTf32By4")), tensorCores.toString());
        assertFalse(kernels.removeAll(tensorCores), "a kernel in both");
        kernels.addAll(tensorCores);
        assertEquals(new TreeSet<>(HostCuda.kernels(Ptx.SOURCE)), kernels);
    }

    @Test
    void tensorCoresAreUsed() throws IOException {
        String ptx = Files.readString(Ptx.Text.TENSOR_CORE_KERNELS.path());
        assertTrue(ptx.contains("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"), "the instruction");
    }
}
