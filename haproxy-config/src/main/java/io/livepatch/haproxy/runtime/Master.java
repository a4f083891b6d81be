package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.render.Fingerprint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    /**
     * What {@code show proc} of the master says, as far as a reload needs it.
     *
     * @param reloads reloads tried so far
     * @param failed those since the last good one that failed
     * @param worker the process that takes new connections
     */
    record ProcessTable(long master, int reloads, int failed, Optional<Long> worker) {
        private static final Pattern MASTER =
                Pattern.compile("(?m)^(?<pid>\\d+)\\s+master\\s+(?<reloads>\\d+)\\s+\\[failed: (?<failed>\\d+)\\]");
        private static final Pattern WORKER = Pattern.compile("(?ms)^# workers\\n(?<pid>\\d+)\\s+worker\\s");

        static ProcessTable parse(String answer) {
            Matcher master = MASTER.matcher(answer);
            if (!master.find()) {
                throw new HaproxyException.CommandRefused("show proc", answer);
            }
            Matcher worker = WORKER.matcher(answer);
            return new ProcessTable(
                    Long.parseLong(master.group("pid")),
                    Integer.parseInt(master.group("reloads")),
                    Integer.parseInt(master.group("failed")),
                    worker.find() ? Optional.of(Long.parseLong(worker.group("pid"))) : Optional.empty());
        }
    }
}
