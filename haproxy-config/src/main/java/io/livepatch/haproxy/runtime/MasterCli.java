package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.render.ConfigDigest;
import io.livepatch.haproxy.runtime.RuntimeSocket.SocketCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The command line interface of haproxy's master process, on a Unix socket. */
final class MasterCli {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Path socket;
    private final RuntimeSocket worker;

    MasterCli(Path socket) {
        this.socket = socket;
        this.worker = RuntimeSocket.ofMaster(socket);
    }

    /** Empty if the master does not answer. */
    Optional<ProcessTable> processes() {
        try {
            return Optional.of(ProcessTable.parse(new SocketCommand(socket, TIMEOUT).send("show proc")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether the worker that accepts connections was started with exactly this text. */
    boolean hasLoaded(String text) {
        return runs(text, ConfigDigest::config);
    }

    /** Whether it was started with a text that differs from this one at most in servers. */
    boolean hasFrame(String text) {
        return runs(text, ConfigDigest::frame);
    }

    private boolean runs(String text, Function<ConfigDigest, String> part) {
        try {
            Optional<String> running =
                    ConfigDigest.find(worker.send("show info")).map(part);
            return running.isPresent() && running.equals(ConfigDigest.find(text).map(part));
        } catch (HaproxyException.NotRunning e) {
            return false;
        }
    }

    RuntimeSocket worker() {
        return worker;
    }

    String serversState() {
        return worker.send("show servers state");
    }

    /** Starts a reload; {@link #processes} reports the outcome. */
    void reload() {
        try {
            new SocketCommand(socket, TIMEOUT).send("reload");
        } catch (IOException e) {
            // haproxy 2.6 replaces its own process while the connection is open, so an error does not mean that the
            // reload failed.
            return;
        }
    }

    /**
     * The part of the answer to {@code show proc} that a reload needs.
     *
     * @param master the master's process id
     * @param reloads reloads that were tried since the start
     * @param failed reloads that failed since the last successful one
     * @param worker the process id of the worker that accepts connections
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
