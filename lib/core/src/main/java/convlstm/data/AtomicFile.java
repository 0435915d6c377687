package convlstm.data;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a file whole or not at all: an interrupted or killed program leaves the old file, never half of the new one.
 * A file that is replaced keeps its permissions. Temporary files of a killed program are removed by the next write.
 */
public final class AtomicFile {
    /** Writes the content of a file to a stream, which the caller closes. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything; an exception leaves the old file as it was. */
        void writeTo(OutputStream out) throws IOException;
    }

    private static final Set<Path> BEING_WRITTEN = ConcurrentHashMap.newKeySet();
    private static final Pattern TEMPORARY = Pattern.compile("\\.([0-9]{1,18})-[0-9]+\\.tmp");

    private AtomicFile() {}

    /**
     * Writes to a temporary name in the same folder, forces the bytes to the disk, then moves the file to its name.
     *
     * @param path the file to create or replace; its folder is created if missing
     * @param content writes the bytes
     * @throws IOException if writing or moving fails; the temporary file is removed
     */
    public static void write(Path path, Content content) throws IOException {
        Path target = path.toAbsolutePath();
        Files.createDirectories(target.getParent());
        removeLitter(target);
        Path temporary = target.resolveSibling(
                target.getFileName() + "." + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".tmp");
        BEING_WRITTEN.add(temporary);
        try {
            if (Files.exists(target) && FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                // as private as what it replaces, from its first byte on
                Files.createFile(temporary);
                Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(target));
            }
            // no FileChannel: it would fail for a thread that was interrupted, which must be able to save its work
            try (FileOutputStream file = new FileOutputStream(temporary.toFile())) {
                OutputStream out = new BufferedOutputStream(file, 1 << 16);
                content.writeTo(out);
                out.flush();
                file.getFD().sync();
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
            BEING_WRITTEN.remove(temporary);
        }
    }

    /** The same for a text, in UTF-8. */
    public static void write(Path path, String text) throws IOException {
        write(path, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Removes what writers of this file left behind that are no more. */
    private static void removeLitter(Path target) throws IOException {
        String name = target.getFileName().toString();
        try (DirectoryStream<Path> siblings = Files.newDirectoryStream(target.getParent(),
                p -> p.getFileName().toString().startsWith(name))) {
            for (Path sibling : siblings) {
                Matcher m = TEMPORARY.matcher(sibling.getFileName().toString().substring(name.length()));
                if (m.matches() && !writes(Long.parseLong(m.group(1)), sibling)) {
                    Files.deleteIfExists(sibling);
                }
            }
        }
    }

    private static boolean writes(long pid, Path temporary) {
        return pid == ProcessHandle.current().pid()
                ? BEING_WRITTEN.contains(temporary)
                : ProcessHandle.of(pid).isPresent();
    }
}
