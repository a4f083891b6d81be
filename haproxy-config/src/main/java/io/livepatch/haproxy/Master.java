package io.livepatch.haproxy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

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

    /** Whether the worker that takes new connections was started with this very text. */
    boolean hasLoaded(String text) {
        return runs(text, Fingerprint::config);
    }

    /** Whether it was started with a text that differs from this one in nothing but servers. */
    boolean hasFrame(String text) {
        return runs(text, Fingerprint::frame);
    }

    private boolean runs(String text, Function<Fingerprint, String> part) {
        try {
            Optional<String> running =
                    Fingerprint.find(worker.send("show info")).map(part);
            return running.isPresent() && running.equals(Fingerprint.find(text).map(part));
        } catch (HaproxyException.NotRunning e) {
            return false;
        }
    }

    /** The worker that takes new connections. */
    RuntimeSocket worker() {
        return worker;
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
