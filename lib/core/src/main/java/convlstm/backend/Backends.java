package convlstm.backend;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * The backends there are, and the choice among them. {@link #best()} takes the one named by the system property {@code
 * convlstm.backend}, or the fastest usable one; {@link #report()} says of each whether it can be used, and why not.
 */
public final class Backends {
    /** The system property that names the backend {@link #best()} gives. */
    public static final String PROPERTY = "convlstm.backend";

    private Backends() {}

    /** Every provider on the class path, the most preferred first. */
    public static List<BackendProvider> providers() {
        try {
            return ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::get)
                    .sorted(Comparator.comparingInt(BackendProvider::preference).reversed())
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw new IllegalStateException(
                    "backends: a provider listed on the class path could not be loaded: " + e.getMessage()
                            + ". Hint: rebuild with mvn; if you run java by hand, add --add-modules jdk.incubator.vector",
                    e);
        }
    }

    /**
     * The backend named by {@code -Dconvlstm.backend}, else the most preferred that is usable here.
     *
     * @throws IllegalArgumentException if there is none of the name that the property gives
     * @throws IllegalStateException if it, or every one, cannot be used here; the message says why
     */
    public static Backend best() {
        return best(providers());
    }

    static Backend best(List<BackendProvider> providers) {
        String named = System.getProperty(PROPERTY);
        if (named != null && !named.isBlank()) {
            return byName(named.strip(), providers);
        }
        return providers.stream()
                .filter(p -> p.unusable().isEmpty())
                .findFirst()
                .map(p -> {
                    sayIfSlow(p, providers);
                    return (Backend) new CheckedBackend(p.create());
                })
                .orElseThrow(() -> new IllegalStateException("backends: none is usable here.\n" + report(providers)));
    }

    /** The reference is for reading: where it is chosen because nothing faster is usable, says why. */
    private static void sayIfSlow(BackendProvider chosen, List<BackendProvider> providers) {
        if (chosen.name().equals("reference")) {
            providers.stream().filter(p -> p.name().equals("simd")).findFirst().flatMap(BackendProvider::unusable)
                    .ifPresent(why -> System.err.println(
                            "convlstm: the slow backend reference is used instead of simd, because " + why));
        }
    }

    /**
     * A new backend of the given name.
     *
     * @throws IllegalArgumentException if there is none of that name
     * @throws IllegalStateException if it cannot be used here; the message says why
     */
    public static Backend byName(String name) {
        return byName(name, providers());
    }

    static Backend byName(String name, List<BackendProvider> providers) {
        BackendProvider provider = providers.stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("backend: expected one of "
                        + providers.stream().map(BackendProvider::name).collect(Collectors.joining(", ")) + ", got '"
                        + name + "'. Hint: Backends.report() says which can be used here"));
        provider.unusable().ifPresent(reason -> {
            throw new IllegalStateException("backend " + name + " cannot be used here: " + reason);
        });
        return new CheckedBackend(provider.create());
    }

    /**
     * A backend without memory or arithmetic. A model built on it has shapes, parameter counts and a summary, at no cost:
     * for models larger than the machine.
     */
    public static Backend planning() {
        return PlanningBackend.create();
    }

    /** One line for each backend: usable, or the reason why not. */
    public static String report() {
        return report(providers());
    }

    static String report(List<BackendProvider> providers) {
        return providers.stream()
                .map(p -> String.format(Locale.ROOT, "%-10s %s", p.name(),
                        p.unusable().map(why -> "not usable: " + why).orElse("usable")))
                .collect(Collectors.joining("\n"));
    }
}
