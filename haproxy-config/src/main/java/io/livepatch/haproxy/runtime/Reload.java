package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One reload, from the command until a new worker is known to run with the new text.
 *
 * <p>haproxy 2.6 does not say whether a reload succeeded. So the process table is polled until it counts the reload. Then either it
 * counts a failure as well, or there is another worker whose description contains the digest of the new text.
 */
final class Reload {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final MasterCli master;
    private final MasterCli.ProcessTable before;
    private final String text;

    Reload(MasterCli master, MasterCli.ProcessTable before, String text) {
        this.master = master;
        this.before = before;
        this.text = text;
    }

    /** Reloads and waits for the outcome, at most 30 s. */
    ApplyResult run() {
        master.reload();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<ApplyResult> outcome = master.processes().flatMap(this::outcome);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            pause();
        }
        return new ApplyResult.Refused(List.of("no new worker of haproxy (master " + before.master() + ") within "
                + TIMEOUT.toSeconds() + " s of a reload; see its log"));
    }

    private Optional<ApplyResult> outcome(MasterCli.ProcessTable now) {
        if (now.reloads() <= before.reloads()) {
            return Optional.empty();
        }
        if (now.failed() > 0) {
            return Optional.of(new ApplyResult.Refused(List.of(
                    "haproxy (master " + now.master() + ") accepted the text but could not start a worker with it"
                            + "; the [ALERT] lines in its log say why; the old worker still runs")));
        }
        return now.worker()
                .filter(worker -> !before.worker().equals(Optional.of(worker)) && master.hasLoaded(text))
                .map(ApplyResult.Reloaded::new);
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HaproxyException.Failed("interrupted while haproxy reloaded; the outcome is not known", e);
        }
    }

    /**
     * The content of haproxy's server-state file, from which a new worker reads which servers are down.
     *
     * <p>A new worker takes every server for up until its first check, and would send requests to servers that are down. haproxy
     * can read the old worker's whole table, but states and weights that were set by hand are in it too, and would override the
     * configuration for good. So the file contains only the servers that failed their checks and that the new configuration has,
     * ready, at the same address.
     */
    static final class ServerStateFile {
        /** A table without servers. Without a file haproxy logs a warning at each start. */
        static final String EMPTY = "1\n";

        private static final int BACKEND = 1;
        private static final int NAME = 3;
        private static final int ADDRESS = 4;
        private static final int OPERATION = 5;
        private static final int ADMINISTRATION = 6;
        private static final int PORT = 18;

        private ServerStateFile() {}

        static String of(String showServersState, LoadBalancer next) {
            Map<String, Server> desired = new HashMap<>();
            for (Backend backend : next.backends()) {
                backend.servers().stream()
                        .filter(server -> backend.healthCheck().isPresent() && server.state() == Server.State.READY)
                        .forEach(server -> desired.put(backend.name() + "/" + server.haproxyName(), server));
            }
            return showServersState
                    .lines()
                    .filter(line ->
                            line.equals("1") || line.startsWith("# be_id") || isDown(line.split(" ", -1), desired))
                    .collect(Collectors.joining("\n", "", "\n"));
        }

        private static boolean isDown(String[] row, Map<String, Server> desired) {
            if (row.length <= PORT || !row[OPERATION].equals("0") || !row[ADMINISTRATION].equals("0")) {
                return false;
            }
            Server server = desired.get(row[BACKEND] + "/" + row[NAME]);
            return server != null
                    && server.address().equals(row[ADDRESS])
                    && Integer.toString(server.port()).equals(row[PORT]);
        }
    }
}
