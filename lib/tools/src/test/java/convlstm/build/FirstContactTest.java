package convlstm.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files by which others start the kit (Binder, dev containers, CI) are well formed and say what the build says. */
class FirstContactTest {
    private static final Path ENVIRONMENT = Path.of("environment.yml");
    private static final Path POST_BUILD = Path.of(".binder/postBuild");
    private static final Path WORKFLOW = Path.of(".github/workflows/verify.yml");
    private static final Path PAGES = Path.of(".github/workflows/pages.yml");

    private static JsonNode yaml(Path file) throws IOException {
        Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
        return new ObjectMapper().valueToTree(read);
    }

    /** The Java that pom.xml compiles for. */
    private static String java() throws IOException {
        Matcher release = Pattern.compile("<maven.compiler.release>(\\d+)<")
                .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(release.find());
        return release.group(1);
    }

    @Test
    void bindersEnvironmentIsTheOneAtTheTop() throws IOException {
        assertEquals(Files.readString(ENVIRONMENT), Files.readString(Path.of(".binder/environment.yml")),
                "repo2docker reads only .binder/. Hint: cp environment.yml .binder/");
        List<String> packages = new ArrayList<>();
        yaml(ENVIRONMENT).path("dependencies").forEach(p -> packages.add(p.asText()));
        assertTrue(packages.contains("openjdk=" + java()), packages.toString());
        for (String wanted : List.of("maven", "python", "jupyterlab", "nbconvert", "nbclient")) {
            assertTrue(packages.stream().anyMatch(p -> p.matches(wanted + "([=<>].*)?")), wanted + " in " + packages);
        }
    }

    @Test
    void postBuildIsABashScriptThatStopsAtTheFirstFault() throws Exception {
        String script = Files.readString(POST_BUILD);
        assertTrue(script.startsWith("#!/usr/bin/env bash\n") && script.contains("\nset -euo pipefail\n"), script);
        assumeFalse(System.getProperty("os.name").startsWith("Windows"), "Windows keeps no executable bit");
        assertTrue(Files.isExecutable(POST_BUILD), "chmod +x " + POST_BUILD);
        Process bash = new ProcessBuilder("bash", "-n", POST_BUILD.toString()).redirectErrorStream(true).start();
        String says = new String(bash.getInputStream().readAllBytes());
        assertEquals(0, bash.waitFor(), says);
    }

    /** What the scripts and containers start is there: mvn -Drun=NAME needs a program of that name. */
    @ParameterizedTest
    @ValueSource(strings = {".binder/postBuild", ".devcontainer/devcontainer.json", ".github/workflows/verify.yml",
        ".github/workflows/pages.yml", "README.md"})
    void programsThatAreStartedExist(String file) throws IOException {
        String programs = Files.readString(Path.of("lib/tools/src/main/java/convlstm/app/Main.java"));
        List<String> missing = Pattern.compile("-Drun=([a-z]+)").matcher(Files.readString(Path.of(file))).results()
                .map(run -> run.group(1))
                .filter(name -> !programs.contains("put(\"" + name + "\""))
                .toList();
        assertEquals(List.of(), missing);
    }

    /** What plain mvn does on each start, though nothing changed, is little: what else there is waits for the tests. */
    @Test
    void plainMavenRunsFewPlugins() throws Exception {
        assertTrue(
                Files.readString(Path.of("pom.xml")).contains("<defaultGoal>process-classes exec:exec</defaultGoal>"));
        Set<String> late = Set.of("process-test-classes", "prepare-package", "integration-test", "verify",
                "post-integration-test", "none");
        Set<String> early = new TreeSet<>();
        for (String pom : List.of("pom.xml", "lib/core/pom.xml", "lib/course/pom.xml", "lib/tools/pom.xml")) {
            NodeList executions = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(Path.of(pom).toFile())
                    .getElementsByTagName("execution");
            for (int i = 0; i < executions.getLength(); i++) {
                Element execution = (Element) executions.item(i);
                NodeList phase = execution.getElementsByTagName("phase");
                String plugin = ((Element) execution.getParentNode().getParentNode()).getElementsByTagName("artifactId")
                        .item(0).getTextContent();
                if (phase.getLength() == 0 || !late.contains(phase.item(0).getTextContent())) {
                    early.add(plugin.replaceAll("maven|plugin|-", ""));
                }
            }
        }
        // buildhelper's goals belong to generate-test-sources; enforcer is for a first build, toolchains for an older Java.
        assertEquals(Set.of("buildhelper", "compiler", "enforcer", "jar", "toolchains"), early,
                "Hint: give a new execution a phase after process-classes");
        String flags = Files.readString(Path.of(".mvn/jvm.config"));
        assertTrue(flags.contains("-XX:TieredStopAtLevel=1"), "Maven ends before the second compiler pays: " + flags);
    }

    @Test
    void theDevContainerHasTheJavaOfTheBuild() throws IOException {
        JsonNode container = new ObjectMapper().readTree(Path.of(".devcontainer/devcontainer.json").toFile());
        assertTrue(container.path("image").asText().matches("[a-z0-9./-]+:[a-z0-9.-]+"), "an image with a tag");
        JsonNode features = container.path("features");
        assertEquals(java(), features.path("ghcr.io/devcontainers/features/java:1").path("version").asText());
        assertTrue(features.path("ghcr.io/devcontainers/features/java:1").path("installMaven").asBoolean());
        assertTrue(features.has("ghcr.io/devcontainers/features/python:1"));
        assertEquals("${containerWorkspaceFolder}/target/jupyter",
                container.path("containerEnv").path("JUPYTER_PATH").asText());
    }

    @Test
    void theWorkflowRunsEverythingOnThreeSystems() throws IOException {
        JsonNode workflow = yaml(WORKFLOW);
        assertTrue(workflow.has("true") || workflow.has("on"), "YAML reads the key 'on' as true");
        assertEquals(Map.of("contents", "read"),
                new ObjectMapper().convertValue(workflow.path("permissions"), Map.class),
                "no more rights than it needs");
        JsonNode job = workflow.path("jobs").path("verify");
        List<String> systems = new ArrayList<>();
        job.path("strategy").path("matrix").path("os").forEach(os -> systems.add(os.asText().replaceAll("-.*", "")));
        assertEquals(List.of("ubuntu", "macos", "windows"), systems);
        List<String> runs = new ArrayList<>();
        String javaVersion = "";
        for (JsonNode step : job.path("steps")) {
            runs.add(step.path("run").asText());
            javaVersion += step.path("with").path("java-version").asText();
        }
        assertEquals(java(), javaVersion);
        assertTrue(runs.contains("mvn -B -ntp verify"), runs.toString());
    }

    /** Only the job that publishes may write, and what it publishes is what the program html makes. */
    @Test
    void theSiteIsPublishedWithNoMoreRightsThanItNeeds() throws IOException {
        JsonNode workflow = yaml(PAGES);
        assertEquals(Map.of("contents", "read"),
                new ObjectMapper().convertValue(workflow.path("permissions"), Map.class));
        JsonNode build = workflow.path("jobs").path("build");
        JsonNode deploy = workflow.path("jobs").path("deploy");
        assertFalse(build.has("permissions"), "the build has the workflow's");
        assertEquals(Map.of("pages", "write", "id-token", "write"),
                new ObjectMapper().convertValue(deploy.path("permissions"), Map.class));
        assertEquals("build", deploy.path("needs").asText());
        List<String> runs = build.path("steps").findValuesAsText("run");
        assertEquals(List.of("mvn -B -ntp -q -Drun=html"), runs);
        assertEquals(List.of("target/html"), build.path("steps").findValuesAsText("path"));
    }

    /** A tag can be moved to other code; a commit cannot. */
    @Test
    void actionsArePinnedToCommits() throws IOException {
        try (Stream<Path> files = Files.list(WORKFLOW.getParent())) {
            List<String> loose = new ArrayList<>();
            int uses = 0;
            for (Path file : files.toList()) {
                yaml(file);
                for (String line : Files.readAllLines(file).stream().filter(l -> l.contains("uses:")).toList()) {
                    uses++;
                    if (!line.matches(" *- uses: [\\w-]+/[\\w-]+@[0-9a-f]{40} # v[0-9.]+|"
                            + " *uses: [\\w-]+/[\\w-]+@[0-9a-f]{40} # v[0-9.]+")) {
                        loose.add(line);
                    }
                }
            }
            assertEquals(List.of(), loose);
            assertTrue(uses >= 3, "uses are found: " + uses);
        }
    }

    @Test
    void dependabotWatchesWhatIsPinned() throws IOException {
        List<String> watched = new ArrayList<>();
        yaml(Path.of(".github/dependabot.yml")).path("updates").forEach(update -> {
            watched.add(update.path("package-ecosystem").asText());
            assertTrue(Files.isDirectory(Path.of("." + update.path("directory").asText())), update.toString());
        });
        assertEquals(List.of("maven", "pip", "github-actions"), watched);
    }

    @Test
    void nothingElseLiesAtTheTop() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            List<String> others = files.map(Path::toString)
                    .filter(name -> !name.startsWith(".") && !name.equals("target"))
                    .filter(name -> !List.of("notebooks", "lib", "data", "pom.xml", "environment.yml", "README.md",
                            "LICENSE").contains(name))
                    .toList();
            assertEquals(List.of(), others);
        }
    }
}
