package io.livepatch.haproxy.runtime;

import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.Server;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A server as the running worker has it, with the properties that commands can change or that make a reload necessary.
 *
 * @param id haproxy's id of it, which decides its place on a hash ring
 * @param weight 0 if the configuration file says that it drains
 * @param up whether haproxy regards it as able to take requests
 * @param tested whether a health check has had a result since it last left maintenance
 */
record RunningServer(
        Server.Ref ref,
        int id,
        String address,
        int port,
        int weight,
        int maxConnections,
        Server.State state,
        boolean up,
        boolean tested) {
    private static final String HEAD = "# ";
    /** Bits of srv_admin_state: forced, inherited and resolver's maintenance; forced and inherited drain. */
    private static final int MAINTENANCE = 0x01 | 0x02 | 0x20;

    private static final int DRAIN = 0x08 | 0x10;

    /**
     * The values of {@code check_status} in {@code show stat} before the first result. The column {@code srv_check_result} of
     * {@code show servers state} is of no use here: it has the same value during every later check.
     */
    private static final Set<String> NO_RESULT = Set.of("", "INI", "UNK");

    /**
     * Joins two tables, because neither has all columns.
     *
     * @param statistics the answer to {@code show stat}
     * @param states the answer to {@code show servers state}
     */
    static List<RunningServer> read(String statistics, String states) {
        Map<String, Map<String, String>> statisticsByName = new HashMap<>();
        Statistics.serverRows(statistics)
                .forEach(row -> statisticsByName.put(row.get("pxname") + "/" + row.get("svname"), row));
        List<RunningServer> servers = new ArrayList<>();
        List<String> columns = List.of();
        for (String line : states.lines().toList()) {
            if (line.startsWith(HEAD)) {
                columns = List.of(line.substring(HEAD.length()).split(" ", -1));
            } else if (line.contains(" ")) {
                Map<String, String> row = Statistics.row(columns, List.of(line.split(" ", -1)));
                servers.add(of(
                        row, statisticsByName.getOrDefault(row.get("be_name") + "/" + row.get("srv_name"), Map.of())));
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
                new Server.Ref(Statistics.text(state, "be_name"), Statistics.text(state, "srv_name")),
                Statistics.number(state, "srv_id"),
                Statistics.text(state, "srv_addr"),
                Statistics.number(state, "srv_port"),
                weight,
                Statistics.number(statistics, "slim"),
                state(Statistics.number(state, "srv_admin_state"), weight),
                Statistics.number(state, "srv_op_state") != 0,
                !NO_RESULT.contains(Statistics.checkStatus(statistics)));
    }

    private static Server.State state(int administration, int weight) {
        if ((administration & MAINTENANCE) != 0) {
            return Server.State.MAINTENANCE;
        }
        return (administration & DRAIN) != 0 || weight == 0 ? Server.State.DRAIN : Server.State.READY;
    }

    /** Whether the model can describe it, which may not be so for a server that was added by hand. */
    boolean fitsModel() {
        return maxConnections > 0 && ConfigSyntax.isAddress(address);
    }

    /** As the model would describe it. A drained server has the default weight, because haproxy does not know its former one. */
    Server asServer() {
        return new Server(
                ref.server(), address, port, weight == 0 ? Server.DEFAULT_WEIGHT : weight, maxConnections, state);
    }
}
