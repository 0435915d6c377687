package convlstm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import convlstm.app.Finding.Mark;
import convlstm.backend.Backend;
import convlstm.backend.BackendProvider;
import convlstm.backend.reference.ReferenceProvider;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Breaks each thing that the doctor looks at: that line, and no other, says so and how to mend it. */
class DoctorTest {
    @TempDir
    Path root;
    private Checkout kit;

    @BeforeEach
    void aBuiltKit() throws IOException {
        kit = new Checkout(root);
        Files.createDirectories(kit.jars());
        Files.createDirectories(kit.kernelJar().getParent());
        Files.writeString(kit.kernelJar(), "");
        KernelSpec.write(kit, "3g");
    }

    /** A computer on which all is well; what programs say is under the start of their command. */
    private class Well extends Patient {
        final Map<String, String> says = new TreeMap<>(Map.of(
                "mvn", "Apache Maven 3.9.11 (3e54c93)\nJava version: 25",
                "python3 -c import sys; print", "3.13.1 (main)",
                "python3 -c import sys\nimport jupyterlab", "4.6.6\n/usr/bin/python3",
                "nvidia-smi", "NVIDIA H200, 570.1\n",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "openjdk version \"25.0.3\" 2026"));

        Well() {
            super(DoctorTest.this.kit);
        }

        @Override
        Optional<String> output(String... command) {
            String line = String.join(" ", command).replace("mvn.cmd", "mvn").replace("java.exe", "java");
            return says.entrySet().stream()
                    .filter(known -> line.startsWith(known.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst();
        }

        @Override
        List<String> jvmFlags() {
            return KernelSpec.JVM_FLAGS;
        }

        @Override
        long heap() {
            return 3L << 30;
        }

        @Override
        long memory() {
            return 8L << 30;
        }

        @Override
        long freeDisk(Path folder) throws IOException {
            return 100L << 30;
        }

        @Override
        List<BackendProvider> backends() {
            return List.of(); // they have tests of their own, below
        }
    }

    /** All but one without the program. */
    private Well without(String program) {
        Well patient = new Well();
        assertTrue(patient.says.keySet().removeIf(command -> command.startsWith(program)), program);
        return patient;
    }

    private Well saying(String program, String answer) {
        Well patient = new Well();
        patient.says.replaceAll((command, says) -> command.startsWith(program) ? answer : says);
        return patient;
    }

    private static Map<String, Finding> of(Patient patient) {
        return new Doctor(patient).examine().stream().collect(Collectors.toMap(Finding::part, f -> f));
    }

    /** The part is wrong, or noted; its line has those words, and no other part is worse than on a well computer. */
    private void assertFound(Mark mark, String part, Patient patient, String... words) {
        Map<String, Finding> all = of(patient);
        Map<String, Finding> well = of(new Well());
        Finding finding = all.get(part);
        assertEquals(mark, finding.mark(), finding.toString());
        assertFalse(finding.fix().isBlank(), finding.toString());
        String line = finding.line(true);
        for (String word : words) {
            assertTrue(line.contains(word), word + " in " + line);
        }
        all.remove(part);
        all.forEach((other, f) -> assertEquals(well.get(other).mark(), f.mark(), f.toString()));
        String text = Doctor.text(List.of(finding), true);
        assertTrue(text.endsWith(mark == Mark.WRONG ? "To mend: 1 of 1." : "Everything works."), text);
    }

    private void assertWrong(String part, Patient patient, String... words) {
        assertFound(Mark.WRONG, part, patient, words);
    }

    @Test
    void aWellComputerHasNothingToMend() {
        List<Finding> findings = new Doctor(new Well()).examine();
        assertEquals(List.of("GPU"), findings.stream().filter(f -> f.mark() != Mark.GOOD).map(Finding::part).toList(),
                "a card that no backend of this list uses is no fault");
        assertTrue(Doctor.text(findings, false).endsWith("\nEverything works."));
    }

    @Test
    void notebooksShowNoPathsOfThisComputer() {
        String text = Doctor.text(new Doctor(new Well()).examine(), false);
        assertFalse(text.contains(root.toString()) || text.contains(System.getProperty("java.home")), text);
    }

    @Test
    void anOldJdk() {
        assertWrong("JDK", new Well() {
            @Override
            Runtime.Version java() {
                return Runtime.Version.parse("21.0.5");
            }
        }, "Java 21.0.5", "expected 25", "install Temurin 25");
    }

    @Test
    void noVectorModule() {
        assertWrong("JVM flags", new Well() {
            @Override
            List<String> jvmFlags() {
                return KernelSpec.JVM_FLAGS.subList(1, KernelSpec.JVM_FLAGS.size());
            }
        }, "missing: --add-modules=jdk.incubator.vector", "start by mvn");
    }

    @Test
    void aJarThatIsMissingOrHalf() throws IOException {
        Path half = Files.write(root.resolve("half.jar"), new byte[] {'P', 'K', 3, 4, 0});
        for (Path jar : List.of(root.resolve("missing.jar"), half)) {
            assertWrong("class path", new Well() {
                @Override
                List<Path> classPath() {
                    return List.of(root, jar);
                }
            }, jar.getFileName().toString(), "mvn", jar.equals(half) ? "damaged" : "not there");
        }
    }

    @Test
    void aTinyHeap() {
        assertWrong("heap", new Well() {
            @Override
            long heap() {
                return 256_000_000;
            }
        }, "256 MB", "-Dlab.heap=3g");
    }

    @Test
    void narrowVectors() {
        assertWrong("CPU vectors", new Well() {
            @Override
            int vectorBits() {
                return 64;
            }
        }, "64 bits", "-XX:UseAVX");
    }

    @Test
    void mavenMissingOrOld() {
        assertWrong("Maven", without("mvn"), "not found", "apt install maven");
        assertWrong("Maven", saying("mvn", "Apache Maven 3.6.3"), "3.6.3", "3.8");
    }

    @Test
    void pythonMissingOrOld() {
        Well none = without("python3 -c import sys; print");
        assertFound(Mark.NOTE, "Python", none, "JupyterLab has its own");
        none.says.keySet().removeIf(command -> command.contains("jupyterlab"));
        assertEquals(Mark.WRONG, of(none).get("Python").mark());
        assertFound(Mark.NOTE, "Python", saying("python3 -c import sys; print", "3.9.2 (old)"), "3.11", "conda");
    }

    @Test
    void noJupyterYet() {
        assertFound(Mark.NOTE, "Jupyter", without("python3 -c import sys\nimport jupyterlab"), "plain mvn installs it");
    }

    @Test
    void jupyterInTheKitsOwnFolderIsFound() {
        Well patient = without("python3 -c import sys\nimport jupyterlab");
        String own = Venv.interpreter(kit.venv()).toString();
        patient.says.put(own, "4.6.6\n" + own);
        assertEquals(Mark.GOOD, of(patient).get("Jupyter").mark());
    }

    @Test
    void aKernelOfAnotherJava() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        assertWrong("kernel", saying(java, "openjdk version \"21.0.5\" 2024"), "it runs java 21", "mvn");
        assertWrong("kernel", without(java), "does not run", java);
    }

    @Test
    void aKernelSpecificationOfAnotherCheckoutOrDamaged() throws IOException {
        Path file = KernelSpec.file(kit);
        String good = Files.readString(file);
        for (Map.Entry<String, String> broken : Map.of(
                "{\"argv\": [", "no JSON",
                "{}", "flags",
                good.replace("jars", "cans"), "class path",
                good.replace("-Xmx3g", "-Xmx200m"), "-Dlab.heap=3g",
                good.replace("-Xmx3g", "-Xmx90g"), "more than there is").entrySet()) {
            Files.writeString(file, broken.getKey());
            assertFoundNow(broken.getValue());
        }
        Files.writeString(file, good);
        Files.delete(kit.kernelJar());
        assertWrong("kernel", new Well(), "class path", "mvn");
        Files.delete(file);
        assertEquals(Mark.NOTE, of(new Well()).get("kernel").mark());
    }

    private void assertFoundNow(String words) {
        Finding finding = of(new Well()).get("kernel");
        assertEquals(Mark.WRONG, finding.mark(), finding.toString());
        assertTrue(finding.line(true).contains(words), finding.toString());
    }

    @Test
    void aFullDisk() {
        assertWrong("disk", new Well() {
            @Override
            long freeDisk(Path folder) throws IOException {
                return 90_000_000;
            }
        }, "90 MB free", "make room");
    }

    @Test
    void aDiskThatCannotBeAsked() {
        assertWrong("disk", new Well() {
            @Override
            long freeDisk(Path folder) throws IOException {
                throw new IOException("the lamp is out");
            }
        }, "the lamp is out");
    }

    @Test
    void littleMemory() {
        Well patient = new Well() {
            @Override
            long memory() {
                return 1_000_000_000;
            }
        };
        assertEquals(Mark.WRONG, of(patient).get("memory").mark());
        assertEquals(Mark.WRONG, of(patient).get("kernel").mark(), "3 GB for a notebook of 1 GB");
    }

    @Test
    void aFolderThatCannotBeWritten() {
        assertWrong("folders", new Well() {
            @Override
            boolean writable(Path folder) {
                return false;
            }
        }, "copy the kit to a folder of your own");
    }

    @Test
    void aFolderThatCannotBeSpelled() throws IOException {
        assumeTrue(System.getProperty("sun.jnu.encoding", "").startsWith("UTF"), "Java can spell the path here");
        kit = new Checkout(root.resolve("ünï cödé"));
        Files.createDirectories(kit.jars());
        Files.createDirectories(kit.kernelJar().getParent());
        Files.writeString(kit.kernelJar(), "");
        KernelSpec.write(kit, "3g");
        assertWrong("folders", new Well() {
            @Override
            String fileNames() {
                return "ANSI_X3.4-1968";
            }
        }, "LC_ALL=C.UTF-8");
    }

    @Test
    void noFonts() {
        assertWrong("fonts", new Well() {
            @Override
            double widthOfAWord() {
                throw new IllegalStateException("Fontconfig head is null");
            }
        }, "Fontconfig head is null", "fonts-dejavu-core");
    }

    @Test
    void noCardIsNoFault() {
        assertFound(Mark.NOTE, "GPU", without("nvidia-smi"), "the course runs on the CPU");
    }

    private static BackendProvider provider(String name, String reason, Backend backend) {
        return new BackendProvider() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int preference() {
                return 0;
            }

            @Override
            public Optional<String> unusable() {
                return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
            }

            @Override
            public Backend create() {
                return backend;
            }
        };
    }

    private Map<String, Finding> with(BackendProvider... providers) {
        return of(new Well() {
            @Override
            List<BackendProvider> backends() {
                return new ArrayList<>(List.of(providers));
            }
        });
    }

    /** A backend that does something else in place of the gates. */
    private static Backend broken(Runnable instead) {
        Backend plain = new ReferenceProvider().create();
        return (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[] {Backend.class},
                (proxy, method, args) -> {
                    if (method.getName().equals("lstmGates")) {
                        instead.run();
                        return null;
                    }
                    try {
                        return method.invoke(plain, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Tag("slow")
    @Test
    void aBackendIsTrainedForASecond() {
        Finding finding = with(new ReferenceProvider()).get("reference");
        assertEquals(Mark.GOOD, finding.mark(), finding.toString());
        assertTrue(finding.says().matches(".*plain Java loops.*; [0-9.]+ ms for a training step"), finding.says());
    }

    @Tag("slow")
    @Test
    void backendsThatCannotBeUsedFailOrComputeWrongly() {
        Map<String, Finding> all = with(
                provider("nd4j", "ND4J's native library did not load", broken(() -> {})),
                provider("cuda", "there is no driver; install one", broken(() -> {})),
                provider("wrong", "", broken(() -> {})),
                provider("crash", "", broken(() -> {
                    throw new UnsatisfiedLinkError("no kernel in this driver");
                })));
        assertEquals(Mark.WRONG, all.get("nd4j").mark());
        assertTrue(all.get("nd4j").line(false).contains("did not load"));
        assertEquals(Mark.NOTE, all.get("cuda").mark());
        assertEquals(Mark.WRONG, all.get("GPU").mark(), "a card is there, and the backend for it is not usable");
        assertTrue(all.get("GPU").line(false).contains("H200, driver 570.1"), all.get("GPU").toString());
        assertTrue(all.get("GPU").line(false).contains("install one"));
        assertEquals(Mark.WRONG, all.get("wrong").mark());
        assertTrue(all.get("wrong").says().contains("computes wrongly"), all.get("wrong").toString());
        assertEquals(Mark.WRONG, all.get("crash").mark());
        assertTrue(all.get("crash").says().contains("no kernel in this driver"));
    }
}
