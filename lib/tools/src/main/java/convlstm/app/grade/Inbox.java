package convlstm.app.grade;

import convlstm.app.LabException;
import convlstm.data.Shipped;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * What lies in the folder of submissions: each file is graded, or listed with the reason why not. All is read at once, so
 * that no submission can change another.
 *
 * @param submissions one for each student and assignment, in the order of their paths
 * @param others the files that are not graded, and why
 */
record Inbox(List<Submission> submissions, Map<String, String> others) {
    private static final int MAX_ENTRIES = 2_000;
    private static final long MAX_UNPACKED = 512L << 20;
    private static final long MAX_CHARACTERS = 32L << 20;
    private static final String NOT_A_NOTEBOOK = "not a notebook";

    /** What says whose a file is; the first is the collector's word, the others a student's own. */
    private enum Claim {
        FOLDER,
        ARCHIVE,
        NOTEBOOK
    }

    /** What systems and editors leave; no student wrote it. */
    private static final Pattern LITTER = Pattern.compile(
            "(?i)(.*/)?(\\.ipynb_checkpoints|__MACOSX|\\.git|\\.[^/]*|~\\$[^/]*|Thumbs\\.db|desktop\\.ini|__pycache__)(/.*)?");
    private static final Pattern NOTEBOOK = Pattern.compile("(?i)[^/]*\\.ipynb([^\\p{L}\\p{N}].*)?");
    private static final Pattern PERHAPS = Pattern.compile("(?i)[^/]*\\.(json|txt)");
    private static final Pattern ZIP = Pattern.compile("(?i)[^/]*\\.zip");
    private static final Pattern OTHER_ARCHIVE = Pattern.compile("(?i)[^/]*\\.(rar|7z|tar|gz|tgz|bz2|xz|zst)");

    /**
     * Reads a folder: {@code STUDENT/A1/A1.ipynb} as nbgrader collects them, {@code STUDENT/A1.ipynb} or
     * {@code STUDENT.ipynb}, names in any case, in zip archives too. Links are not followed, since they may lead anywhere.
     */
    static Inbox read(Path folder, List<Assignment> assignments) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new LabException("submissions: expected a folder with notebooks, got " + folder.toAbsolutePath()
                    + ". Hint: mvn -q -Drun=grade -Dsubmissions=FOLDER");
        }
        Reading reading = new Reading(folder, assignments);
        Files.walkFileTree(folder, reading);
        Inbox inbox = reading.chosen();
        if (inbox.submissions().isEmpty()) {
            throw new LabException("submissions: expected notebooks (.ipynb) in " + folder.toAbsolutePath()
                    + " or folders in it, got " + (inbox.others().isEmpty() ? "none" : inbox.others().toString()));
        }
        return inbox;
    }

    private static final class Reading extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final List<Assignment> assignments;
        private final Map<String, Submission> found = new TreeMap<>();
        private final Map<String, String> others = new TreeMap<>();
        private final Map<String, List<String>> lost = new TreeMap<>();
        private final Map<String, Claim> claims = new HashMap<>();
        private final Map<String, Long> characters = new HashMap<>();

        Reading(Path folder, List<Assignment> assignments) {
            this.folder = folder;
            this.assignments = assignments;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String path = folder.relativize(file).toString().replace('\\', '/');
            long modified = attributes.lastModifiedTime().toMillis();
            if (!attributes.isRegularFile()) {
                others.put(path, attributes.isSymbolicLink() ? "a link; links are not followed" : "not a file");
                return FileVisitResult.CONTINUE;
            }
            try {
                if (isZip(path)) {
                    zip(path, file);
                } else {
                    take(path, student(path), Claim.FOLDER, modified, () -> Files.newInputStream(file));
                }
            } catch (IOException e) {
                lose(path, student(path), "could not be read: " + e.getMessage());
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            String path = folder.relativize(file).toString().replace('\\', '/');
            lose(path, student(path), "could not be read: " + e.getMessage());
            return FileVisitResult.CONTINUE;
        }

        private static boolean isLitter(String path) {
            return LITTER.matcher(path).matches();
        }

        /** The first folder's name; of a file in none, its own. */
        private static String student(String path) {
            int slash = path.indexOf('/');
            return composed(
                    slash < 0 ? path.replaceFirst("(?i)\\.(ipynb|zip|json|txt).*", "") : path.substring(0, slash));
        }

        /** macOS writes letters and their accents apart; the student is the same. */
        private static String composed(String name) {
            return Normalizer.normalize(name, Normalizer.Form.NFC);
        }

        private static boolean isZip(String path) {
            return ZIP.matcher(path.substring(path.lastIndexOf('/') + 1)).matches() && !isLitter(path);
        }

        /** Lists a file that may be a student's work. */
        private void lose(String path, String student, String reason) {
            others.put(path, reason);
            lost.computeIfAbsent(student, s -> new ArrayList<>()).add(path + ": " + reason);
        }

        private void take(String path, String student, Claim claim, long modified, Opening file) throws IOException {
            String name = path.substring(path.lastIndexOf('/') + 1);
            if (isLitter(path)) {
                others.put(path, "left by a system or an editor");
            } else if (NOTEBOOK.matcher(name).matches() || PERHAPS.matcher(name).matches()) {
                byte[] bytes;
                try (InputStream in = file.open()) {
                    bytes = in.readNBytes((int) Notebook.MAX_BYTES + 1);
                }
                Optional<Notebook> notebook = Optional.empty();
                String fault = "";
                try {
                    notebook = Optional.of(Notebook.read(new ByteArrayInputStream(bytes)));
                } catch (Notebook.Unreadable e) {
                    fault = String.valueOf(e.getMessage());
                }
                long read = characters.merge(student, notebook.map(Notebook::characters).orElse(0L), Long::sum);
                if (notebook.isEmpty() && !NOTEBOOK.matcher(name).matches()) {
                    others.put(path, NOT_A_NOTEBOOK);
                } else if (read > MAX_CHARACTERS) {
                    lose(path, student, "more than " + MAX_CHARACTERS + " characters of one student; not read");
                } else {
                    claims.put(path, claim);
                    found.put(path, submission(path, student, modified, bytes, notebook, fault));
                }
            } else if (OTHER_ARCHIVE.matcher(name).matches()) {
                lose(path, student, "an archive that is not opened. Hint: unpack it, or make it a zip");
            } else {
                others.put(path, NOT_A_NOTEBOOK);
            }
        }

        private Submission submission(String path, String student, long modified, byte[] bytes,
                Optional<Notebook> notebook, String fault) {
            Optional<Assignment> byCells = notebook.flatMap(read -> assignments.stream()
                    .max(Comparator.comparingLong(a -> a.shared(read))).filter(a -> a.shared(read) > 0));
            Optional<Assignment> assignment = byCells.or(() -> byPath(path));
            String remark = "";
            String who = student;
            if (path.indexOf('/') < 0 && assignments.stream()
                    .anyMatch(a -> student.matches("(?i)" + Pattern.quote(a.name()) + "([^a-z0-9].*)?"))) {
                remark = "The file's name is the assignment's, and it lies in no student's folder: whose it is, only the"
                        + " notebook itself says.";
                who = notebook.flatMap(read -> assignment.map(a -> new Answers(a, read).student()))
                        .filter(id -> !id.isEmpty()).orElse(student);
                claims.put(path, Claim.NOTEBOOK);
            }
            return new Submission(who, path, fingerprint(bytes), modified, assignment.flatMap(a -> notebook), fault,
                    assignment, remark);
        }

        private Optional<Assignment> byPath(String path) {
            return assignments.stream()
                    .filter(a -> path.matches("(?i)(.*[^a-z0-9])?" + Pattern.quote(a.name()) + "([^a-z0-9].*)?"))
                    .findFirst();
        }

        private void zip(String path, Path file) throws IOException {
            try (ZipFile zip = new ZipFile(file.toFile())) {
                zip(path, zip);
            } catch (IllegalArgumentException | ZipException e) {
                try (ZipFile zip = new ZipFile(file.toFile(), Charset.forName("IBM437"))) { // older names
                    zip(path, zip);
                } catch (ZipException again) {
                    lose(path, student(path), String.valueOf(again.getMessage()).contains("compression method")
                            ? "an archive packed in a way that is not read, " + again.getMessage() + " (9 is Deflate64,"
                                    + " which Windows Explorer takes for large files). Hint: unpack it"
                            : "an archive that is damaged or has a password: " + again.getMessage());
                }
            }
        }

        /** An archive's notebooks. One at the top with several folders, and no notebook beside them, is a class's. */
        private void zip(String path, ZipFile zip) throws IOException {
            List<? extends ZipEntry> entries = zip.stream().filter(e -> !e.isDirectory()).limit(MAX_ENTRIES + 1L)
                    .toList();
            if (entries.isEmpty() || entries.size() > MAX_ENTRIES) {
                lose(path, student(path), entries.isEmpty()
                        ? "an empty archive"
                        : "an archive of more than " + MAX_ENTRIES + " files. Hint: unpack what belongs to the work");
                return;
            }
            Set<String> tops = new LinkedHashSet<>();
            entries.stream().map(e -> e.getName().replace('\\', '/')).filter(name -> !isLitter(name))
                    .filter(name -> NOTEBOOK.matcher(name.substring(name.lastIndexOf('/') + 1)).matches())
                    .forEach(name -> tops.add(name.contains("/") ? name.substring(0, name.indexOf('/')) : ""));
            boolean ofClass = !path.contains("/") && tops.size() > 1 && !tops.contains("");
            long unpacked = 0;
            for (ZipEntry entry : entries) {
                String name = entry.getName().replace('\\', '/');
                String inside = path + "/" + name;
                String student = student(ofClass && name.contains("/") ? name : path);
                unpacked += Math.max(0, Math.min(entry.getSize(), Notebook.MAX_BYTES));
                if (isZip(inside)) {
                    lose(inside, student, "an archive in an archive is not opened. Hint: unpack it");
                } else if (unpacked > MAX_UNPACKED) {
                    lose(inside, student, "more than " + (MAX_UNPACKED >> 20) + " MB in an archive; not read");
                } else {
                    take(inside, student, ofClass ? Claim.ARCHIVE : Claim.FOLDER, entry.getTime(),
                            () -> zip.getInputStream(entry));
                }
            }
        }

        private Claim claim(Submission s) {
            return claims.getOrDefault(s.path(), Claim.FOLDER);
        }

        /** One for each student and assignment; those that lose, and those of no assignment beside one, are listed. */
        Inbox chosen() {
            Map<List<String>, List<Submission>> groups = new LinkedHashMap<>();
            found.values().forEach(s -> groups.computeIfAbsent(
                    List.of(s.student(), s.assignment().map(Assignment::name).orElse("")), k -> new ArrayList<>())
                    .add(s));
            Set<String> placed = new LinkedHashSet<>();
            groups.keySet().stream().filter(k -> !k.getLast().isEmpty()).forEach(k -> placed.add(k.getFirst()));
            List<Submission> chosen = new ArrayList<>();
            groups.forEach((key, all) -> {
                if (key.getLast().isEmpty() && placed.contains(key.getFirst())) {
                    all.forEach(s -> others.put(s.path(), s.fault().isEmpty()
                            ? "it has no cell of any assignment"
                            : s.fault()));
                    return;
                }
                Submission best = all.stream().max(Comparator.comparing(this::claim).reversed()
                        .thenComparingLong(Submission::filledIn).thenComparingLong(Submission::modified)
                        .thenComparing(Submission::path)).orElseThrow();
                List<String> paths = all.stream().map(Submission::path).toList();
                if (claim(best) == Claim.NOTEBOOK) { // whoever wrote the others, nobody's work is put aside for them
                    all.forEach(s -> chosen.add(all.size() == 1
                            ? s
                            : s.withRemark("Look at it: " + String.join(" and ", paths) + " all say that they are "
                                    + s.student() + "'s; each has a row.")));
                    return;
                }
                List<String> lost = paths.stream().filter(path -> !path.equals(best.path())).toList();
                lost.forEach(path -> others.put(path, "another of the same student was graded: " + best.path()));
                String look = all.stream().allMatch(s -> claim(s) == Claim.FOLDER) ? "" : "Look at it: ";
                chosen.add(lost.isEmpty()
                        ? best
                        : best.withRemark((best.remark() + " " + look + all.size() + " notebooks for it: " + best.path()
                                + " was graded (one of the student's own folder, then the one with most answers, then"
                                + " the newest); not " + String.join(", ", lost) + ".").strip()));
            });
            chosen.forEach(s -> lost.remove(s.student()));
            lost.forEach((student,
                    files) -> chosen.add(new Submission(student, files.getFirst().replaceFirst(": .*", ""),
                            "", 0, Optional.empty(), "nothing could be graded. " + String.join("; ", files),
                            byPath(files.getFirst()), "")));
            chosen.sort(Comparator.comparing(Submission::path));
            chosen.stream().map(Submission::path).forEach(others::remove);
            return new Inbox(List.copyOf(chosen), others);
        }
    }

    private interface Opening {
        InputStream open() throws IOException;
    }

    /** Tells one content from another. */
    static String fingerprint(byte[] bytes) {
        return Shipped.sha256(bytes).substring(0, 24);
    }
}
