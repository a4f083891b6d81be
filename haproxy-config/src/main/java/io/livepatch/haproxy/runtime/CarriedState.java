package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerState;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a new worker should know of what the old one learned: which servers are down.
 *
 * <p>A new worker takes every server for up until it has checked it, and would send it requests. haproxy can read the old
 * worker's whole table, but that table also holds states and weights set by hand, and would overrule the file for good.
 * So only the lines of servers go over that failed their checks and that the new text wants in work at the same place.
 */
final class CarriedState {
    /** A table without servers. An absent file would be a warning in each start's log. */
    static final String NOTHING = "1\n";

    private static final int BACKEND = 1;
    private static final int NAME = 3;
    private static final int ADDRESS = 4;
    private static final int OPERATION = 5;
    private static final int ADMINISTRATION = 6;
    private static final int PORT = 18;

    private CarriedState() {}

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
