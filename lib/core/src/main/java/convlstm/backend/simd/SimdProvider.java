package convlstm.backend.simd;

import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import java.util.Optional;

/** Vector instructions and all cores: usable wherever the JVM was started with the Vector API. */
public final class SimdProvider implements BackendProvider {
    private static final String MODULE = "jdk.incubator.vector";

    @Override
    public String name() {
        return "simd";
    }

    @Override
    public int preference() {
        return 100;
    }

    @Override
    public Optional<String> unusable() {
        return ModuleLayer.boot().findModule(MODULE).isPresent()
                ? Optional.empty()
                : Optional.of("the JVM was started without the module " + MODULE + "; add --add-modules " + MODULE);
    }

    @Override
    public Backend create() {
        WarmUp.start();
        return new SimdBackend();
    }
}
