package convlstm.build;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;

/** The rooms of the house and the doors between them, as rules on compiled classes. */
final class Rooms {
    /** Each room and those it may use. Dependencies point downwards only, so this reads from the bottom up. */
    private static final Map<String, List<String>> MAY_USE = new LinkedHashMap<>();

    static {
        MAY_USE.put("tensor", List.of());
        MAY_USE.put("backend", List.of("tensor"));
        MAY_USE.put("data", List.of("tensor"));
        MAY_USE.put("layer", List.of("backend", "tensor"));
        MAY_USE.put("model", List.of("layer", "data", "backend", "tensor"));
        MAY_USE.put("check", List.of("model", "layer", "backend", "tensor"));
        MAY_USE.put("keras", List.of("model", "layer", "data", "backend", "tensor"));
        MAY_USE.put("kernel", List.of());
        MAY_USE.put("rain", List.of("model", "layer", "data", "backend", "tensor"));
        MAY_USE.put("evidence", List.of("rain", "model", "layer", "data", "backend", "tensor"));
        MAY_USE.put("flagship", List.of("evidence", "notebook", "model", "layer", "data", "backend", "tensor"));
        MAY_USE.put("notebook", List.of("evidence", "rain", "check", "model", "layer", "data", "backend", "tensor"));
        MAY_USE.put("course", List.of("notebook", "check", "model", "layer", "data", "backend", "tensor"));
        MAY_USE.put("app",
                List.of("flagship", "evidence", "rain", "notebook", "course", "keras", "check", "model", "layer",
                        "data", "backend",
                        "tensor"));
    }

    /** Packages from outside that only one room may use. */
    private static final Map<String, String> ONLY_IN = Map.of(
            "jdk.incubator.vector..", "backend.simd",
            "java.lang.foreign..", "backend.cuda",
            "org.nd4j..", "backend.nd4j",
            "org.tribuo..", "evidence");

    /** Kernels run the notebooks; code that used one would fail in the others. */
    private static final String[] KERNELS = {"io.github.spencerpark..", "org.dflib.jjava..", "org.rapaio.jupyter.."};

    private Rooms() {}

    /** The rules for the rooms below a root package: {@code convlstm}. */
    static List<ArchRule> rules(String root) {
        List<ArchRule> rules = new ArrayList<>();
        MAY_USE.forEach((room, mayUse) -> {
            String[] closed = MAY_USE.keySet().stream()
                    .filter(other -> !other.equals(room) && !mayUse.contains(other))
                    .map(other -> root + "." + other + "..")
                    .toArray(String[]::new);
            rules.add(noClasses().that().resideInAPackage(root + "." + room + "..")
                    .should().dependOnClassesThat().resideInAnyPackage(closed)
                    .as(room + " uses only " + mayUse));
        });
        ONLY_IN.forEach((library, room) -> rules.add(noClasses().that().resideOutsideOfPackage(root + "." + room + "..")
                .should().dependOnClassesThat().resideInAPackage(library)
                .as(library + " is used only in " + room)));
        rules.add(noClasses().that().resideOutsideOfPackage(root + ".kernel..")
                .should().dependOnClassesThat().resideInAnyPackage(KERNELS)
                .as("no class of a notebook kernel is used, but in kernel"));
        return rules.stream().map(rule -> rule.allowEmptyShould(true)).toList();
    }

    /** The packages with classes whose {@code package-info} is not {@link NullMarked}. */
    static List<String> notNullMarked(JavaClasses classes, String root) {
        return classes.getPackage(root).getSubpackagesInTree().stream()
                .filter(p -> !p.getClasses().isEmpty())
                .filter(p -> !p.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .sorted()
                .toList();
    }

    /** The rooms that a class may be in; a new one needs a line above. */
    static List<String> unknownRooms(JavaClasses classes, String root) {
        return classes.stream()
                .map(c -> c.getPackageName().substring(root.length()).replaceFirst("^\\.", "").split("\\.")[0])
                .filter(room -> !MAY_USE.containsKey(room))
                .distinct()
                .toList();
    }
}
