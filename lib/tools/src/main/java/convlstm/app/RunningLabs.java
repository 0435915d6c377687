package convlstm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The Jupyter servers that wrote into a folder that they run, and the files that those left behind which did not end by
 * themselves.
 */
record RunningLabs(Path runtime) {
    private static final int CONNECT_MILLIS = 500;
    private static final int PORTS = 50;
    /** A kernel that starts has its file before it listens. */
    private static final long YOUNG_MILLIS = 120_000;

    /** A server that answers. */
    record Running(String url, String token) {
        /** The address of a page, with the token that opens it. */
        String page(String path) {
            return url + path + (token.isEmpty() ? "" : "?token=" + token);
        }
    }

    /** The server on a folder, if one is open. */
    Optional<Running> on(Path folder) {
        for (Path file : files("jpserver-", ".json")) {
            JsonNode server = read(file);
            if (server.path("root_dir").asText().equals(folder.toString()) && runs(server)) {
                return Optional.of(new Running(server.path("url").asText(), server.path("token").asText()));
            }
        }
        return Optional.empty();
    }

    /** Deletes the files of servers and kernels that no longer run. */
    void sweep() {
        for (Path file : files("jpserver-", ".json")) {
            if (!runs(read(file))) {
                delete(file);
                delete(file.resolveSibling(file.getFileName().toString().replace(".json", "-open.html")));
            }
        }
        for (Path file : files("kernel-", ".json")) {
            boolean young = file.toFile().lastModified() > System.currentTimeMillis() - YOUNG_MILLIS;
            if (!young && !listens(read(file).path("shell_port").asInt())) {
                delete(file);
            }
        }
    }

    private static boolean runs(JsonNode server) {
        return ProcessHandle.of(server.path("pid").asLong()).isPresent() && listens(server.path("port").asInt());
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** The first port from this one on that no program has; the first itself if all are taken, and Jupyter will say so. */
    static int freePort(int first) {
        for (int port = first; port < first + PORTS; port++) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // taken
            }
        }
        return first;
    }

    private List<Path> files(String begin, String end) {
        if (!Files.isDirectory(runtime)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(runtime)) {
            return files.filter(f -> f.getFileName().toString().startsWith(begin) && f.toString().endsWith(end))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode read(Path file) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            return new ObjectMapper().createObjectNode(); // half written, or gone
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
