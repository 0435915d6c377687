package convlstm.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The kernels' source and the PTX that travels with the kit belong together. */
class PtxTest {
    private static final Path SOURCE = Path.of("lib/src/main/cuda/kernels.cu");
    private static final Path PTX = Path.of("lib/src/main/resources/convlstm/backend/cuda/kernels.ptx");

    @Test
    void thePtxWasMadeFromTheSource() throws IOException {
        String first = Files.readAllLines(PTX).getFirst();
        assertEquals(Ptx.firstLine(Files.readString(SOURCE)), first,
                "kernels.cu was changed and its PTX was not. Hint: mvn -q -Drun=ptx");
    }

    @Test
    void theFirstLineTellsSourcesApart() {
        assertTrue(Ptx.firstLine("a").startsWith("// kernels.cu, SHA-256 ca978112ca1bbdca"), Ptx.firstLine("a"));
        assertTrue(!Ptx.firstLine("a").equals(Ptx.firstLine("b")));
    }

    /** PTX 7.7 came with CUDA 11.7; the driver 515 of May 2022 is the first that reads it. */
    @Test
    void anOldDriverCanReadIt() throws IOException {
        String ptx = Files.readString(PTX);
        assertTrue(ptx.contains("\n.version 7.7\n"),
                "PTX newer than 7.7 shuts out older drivers. Hint: compile with nvidia-cuda-nvrtc-cu11 11.7.99");
        assertTrue(ptx.contains("\n.target sm_75\n"), "the oldest GPUs are of compute capability 7.5");
    }

    @Test
    void itHasEveryKernelOfTheSource() throws IOException {
        Set<String> kernels = Pattern.compile("\\.entry (\\w+)").matcher(Files.readString(PTX)).results()
                .map(m -> m.group(1))
                .collect(Collectors.toSet());
        assertEquals(new TreeSet<>(HostCuda.kernels(SOURCE)), new TreeSet<>(kernels));
        assertTrue(kernels.contains("lstmGates"), kernels.toString());
    }
}
