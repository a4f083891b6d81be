package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.Grammar;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.ServerRef;
import io.livepatch.haproxy.model.ServerState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A server as the running worker has it, so far as it can differ from the file: what a {@link Change} starts from.
 *
 * @param id its number, which decides about its place on a hash ring
 * @param weight 0 in a file that says drain
 * @param up haproxy holds it for fit to take requests
 * @param tested a health check has had an outcome since it last left maintenance
 */
record RunningServer(
        ServerRef ref,
        int id,
        String address,
        int port,
        int weight,
        int maxConnections,
        ServerState state,
        boolean up,
        boolean tested) {
    private static final String HEAD = "# ";
    /** Bits of srv_admin_state: forced, inherited and resolver's maintenance; forced and inherited drain. */
    private static final int MAINTENANCE = 0x01 | 0x02 | 0x20;

    private static final int DRAIN = 0x08 | 0x10;

    /**
     * What {@code show stat} says of a check before its first outcome. The column srv_check_result of the other table says the same while any later
     * check is under way, too.
     */
    private static final Set<String> NO_OUTCOME = Set.of("", "INI", "UNK");

    /**
     * Reads both tables, because neither has it all.
     *
     * @param statistics the answer to {@code show stat}
     * @param states the answer to {@code show servers state}
     */
    static List<RunningServer> read(String statistics, String states) {
        Map<String, Map<String, String>> counted = new HashMap<>();
        Statistics.serverRows(statistics).forEach(row -> counted.put(row.get("pxname") + "/" + row.get("svname"), row));
        List<RunningServer> servers = new ArrayList<>();
        List<String> columns = List.of();
        for (String line : states.lines().toList()) {
            if (line.startsWith(HEAD)) {
                columns = List.of(line.substring(HEAD.length()).split(" ", -1));
            } else if (line.contains(" ")) {
                Map<String, String> row = Statistics.row(columns, List.of(line.split(" ", -1)));
                servers.add(of(row, counted.getOrDefault(row.get("be_name") + "/" + row.get("srv_name"), Map.of())));
            }
        }
        if (columns.isEmpty()) {
            throw new HaproxyException.CommandRefused("show servers state", states);
        }
        return List.copyOf(servers);
    }

    private static RunningServer of(Map<String, String> state, Map<String, String> statistics) {
        int weight = Statistics.number(state, "srv_uweight");
        return new RunningServer(
                new ServerRef(Statistics.text(state, "be_name"), Statistics.text(state, "srv_name")),
                Statistics.number(state, "srv_id"),
                Statistics.text(state, "srv_addr"),
                Statistics.number(state, "srv_port"),
                weight,
                Statistics.number(statistics, "slim"),
                state(Statistics.number(state, "srv_admin_state"), weight),
                Statistics.number(state, "srv_op_state") != 0,
                !NO_OUTCOME.contains(Statistics.checkStatus(statistics)));
    }

    private static ServerState state(int administration, int weight) {
        if ((administration & MAINTENANCE) != 0) {
            return ServerState.MAINTENANCE;
        }
        return (administration & DRAIN) != 0 || weight == 0 ? ServerState.DRAIN : ServerState.READY;
    }

    /** Whether a model can describe it; somebody may have added another by hand. */
    boolean isOurs() {
        return maxConnections > 0 && Grammar.isAddress(address);
    }

    /** As a model would describe it, to go back to. The weight that a drained one had is not known any more. */
    Server asServer() {
        return new Server(
                ref.server(), address, port, weight == 0 ? Server.DEFAULT_WEIGHT : weight, maxConnections, state);
    }
}
