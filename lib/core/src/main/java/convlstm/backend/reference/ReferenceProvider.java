package convlstm.backend.reference;

import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import java.util.Optional;

/** Always usable, never preferred: the reference. */
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public int preference() {
        return 0;
    }

    @Override
    public Optional<String> unusable() {
        return Optional.empty();
    }

    @Override
    public Backend create() {
        return new ReferenceBackend();
    }
}
