package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerState;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The content of haproxy's server-state file, by which a new worker learns which servers are down.
 *
 * <p>A new worker takes every server for up until its first check, and would send requests to servers that are down. haproxy can
 * read the old worker's whole table, but states and weights that were set by hand are in it too, and would override the
 * configuration for good. So the file contains only the servers that failed their checks and that the new configuration has, ready,
 * at the same address.
 */
final class ServerStateFile {
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
        Map<String, Server> wanted = new HashMap<>();
        for (Backend backend : next.backends()) {
            backend.servers().stream()
                    .filter(server -> backend.healthCheck().isPresent() && server.state() == ServerState.READY)
                    .forEach(server -> wanted.put(backend.name() + "/" + server.haproxyName(), server));
        }
        return showServersState
                .lines()
                .filter(line -> line.equals("1") || line.startsWith("# be_id") || isDown(line.split(" ", -1), wanted))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static boolean isDown(String[] row, Map<String, Server> wanted) {
        if (row.length <= PORT || !row[OPERATION].equals("0") || !row[ADMINISTRATION].equals("0")) {
            return false;
        }
        Server server = wanted.get(row[BACKEND] + "/" + row[NAME]);
        return server != null
                && server.address().equals(row[ADDRESS])
                && Integer.toString(server.port()).equals(row[PORT]);
    }
}
