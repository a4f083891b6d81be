package io.livepatch.haproxy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** haproxy's master process, through its socket. */
final class Master {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Path socket;
    private final RuntimeSocket worker;

    Master(Path socket) {
        this.socket = socket;
        this.worker = RuntimeSocket.ofMaster(socket);
    }

    /** Empty if nobody answers. */
    Optional<ProcessTable> processes() {
        try {
            return Optional.of(ProcessTable.parse(new SocketCommand(socket, TIMEOUT).send("show proc")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether the worker that takes new connections runs on this very text. */
    boolean hasLoaded(String text) {
        try {
            String info = worker.send("show info");
            return HaproxyConfig.fingerprint(text)
                    .map(fingerprint ->
                            info.lines().anyMatch(line -> line.equalsIgnoreCase("description: " + fingerprint)))
                    .orElse(false);
        } catch (HaproxyException.NotRunning e) {
            return false;
        }
    }

    String serversState() {
        return worker.send("show servers state");
    }

    void reload() {
        try {
            new SocketCommand(socket, TIMEOUT).send("reload");
        } catch (IOException e) {
            // 2.6 re-executes itself under the connection, which may end it in any way; the process table tells the
            // outcome.
            return;
        }
    }
}
