package convlstm.build;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kit never does: unpack Java objects from a file, or, outside its launcher, reach for the network. */
class HarmlessTest {
    private static final JavaClasses KIT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("convlstm");
    private static final JavaClasses WRONG = new ClassFileImporter().importPackages("wrong");

    private static final ArchRule NO_SERIALIZATION = noClasses()
            .should().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectInputStream")
            .orShould().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectOutputStream")
            .as("Java serialization is used nowhere: a file could name any class to be made");

    /** All of java.net but names of places, which plotting and class loading need. */
    private static final ArchRule NO_NETWORK = noClasses()
            .that().resideOutsideOfPackages("convlstm.app..")
            .should().dependOnClassesThat(resideInAnyPackage("java.net..", "javax.net..",
                    "java.nio.channels..", "java.rmi..")
                    .and(describe("could open a connection",
                            c -> !List.of("URI", "URISyntaxException", "URLClassLoader", "FileChannel",
                                    "FileChannel$MapMode", "Channels", "FileLock").contains(
                                            c.getFullName().replaceFirst("^java\\.(net|nio\\.channels)\\.", "")))))
            .as("only app, which opens JupyterLab, may speak to a network");

    @Test
    void noClassUsesJavaSerialization() {
        NO_SERIALIZATION.check(KIT);
        assertTrue(NO_SERIALIZATION.evaluate(WRONG).hasViolation(), "the rule notices it where it is");
    }

    @Test
    void noRoomButAppUsesTheNetwork() {
        NO_NETWORK.check(KIT);
        assertTrue(NO_NETWORK.evaluate(WRONG).hasViolation(), "the rule notices it where it is");
    }

    /** Java's ways to the network, kernels' magics that download, and commands that would. */
    private static final Pattern NETWORK = Pattern
            .compile("java\\.net\\b|javax\\.net\\b|\\bHttp\\w+|\\bURLConnection\\b"
                    + "|\\b(Server)?Socket(Channel)?\\b|\\bopenStream\\b|\\btoURL\\b|new URL\\b|\\bURL\\.of\\b|\\bInetAddress\\b"
                    + "|^\\s*%+(maven|mavenRepo|loadFromPOM|addMavenDependenc|mvn)|MavenRepo|\\bcurl\\b|\\bwget\\b|ProcessBuilder"
                    + "|\\.exec\\(", Pattern.MULTILINE);

    @Test
    void noNotebookUsesTheNetwork() throws IOException {
        List<String> found = new ArrayList<>();
        int cells = 0;
        try (Stream<Path> files = Files.walk(Path.of("notebooks"))) {
            for (Path notebook : files.filter(f -> f.toString().endsWith(".ipynb")
                    && !f.toString().contains(".ipynb_checkpoints")).toList()) {
                for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).path("cells")) {
                    if (cell.path("cell_type").asText().equals("code")) {
                        cells++;
                        Matcher m = NETWORK.matcher(source(cell));
                        if (m.find()) {
                            found.add(notebook + ": " + m.group());
                        }
                    }
                }
            }
        }
        assertEquals(List.of(), found, "notebooks run without a network; bring the data along, in data/");
        assertTrue(cells > 100, cells + " code cells found");
    }

    private static String source(JsonNode cell) {
        JsonNode source = cell.path("source");
        return source.isTextual()
                ? source.asText()
                : String.join("", StreamSupport.stream(source.spliterator(), false).map(JsonNode::asText).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"var in = new URL(\"http://x\").openStream();", "import java.net.http.*;", "%maven a:b:1",
        "HttpClient.newHttpClient()", "URI.create(s).toURL()", "Runtime.getRuntime().exec(\"curl\")"})
    void theRuleForNotebooksNotices(String code) {
        assertTrue(NETWORK.matcher(code).find());
    }
}
