package io.livepatch.haproxy;

import java.util.Map;

/** {@code backend}: servers, how they are chosen and checked, and what is tried again. */
final class BackendSection {
    private BackendSection() {}

    static void write(Backend backend, Timeouts timeouts, Lines lines) {
        lines.section("backend " + backend.name())
                .add("balance " + backend.strategy().algorithm())
                .addIf(backend.strategy().hashing(), "hash-type consistent sdbm avalanche")
                .why("http-reuse safe: a client's first request always gets a server connection known to be open")
                .add("http-reuse safe")
                .why(
                        "only what no unit has begun to work on is sent again, because it may be a POST: the connection was")
                .why("refused, or a unit that drains or is full said 503 instead of working; each time to another unit")
                .add("retries " + backend.retries())
                .add("retry-on conn-failure 503")
                .add("option redispatch 1")
                .why("a request can be sent again only if all of it was here before it went out the first time")
                .add("http-request wait-for-body time " + Grammar.time(timeouts.httpRequest()) + " if METH_POST");
        backend.serverHeader()
                .ifPresent(header -> lines.why("who answered: not for what haproxy says in a server's stead")
                        .add("http-response set-header " + header + " %[srv_name]"));
        backend.healthCheck().ifPresent(check -> check(check, lines));
        Map<Server, Integer> ids = ServerIds.of(backend);
        backend.servers()
                .forEach(server ->
                        lines.add(server(server) + (ids.containsKey(server) ? " id " + ids.get(server) : "")));
    }

    private static void check(HealthCheck check, Lines lines) {
        lines.add("option httpchk")
                .add("http-check send meth GET uri " + check.path() + " ver HTTP/1.1 hdr Host localhost")
                .add("http-check expect status 200")
                .add("timeout check " + Grammar.time(check.timeout()))
                .add("default-server " + checkWords(check));
    }

    /** How its servers are checked; {@code add server} is given it too, for it heeds no {@code default-server}. */
    static String checkWords(HealthCheck check) {
        return "check inter " + Grammar.time(check.interval()) + " fastinter " + Grammar.time(check.fastInterval())
                + " fall " + check.fall() + " rise " + check.rise();
    }

    /** Weight 0 is how a file says "drain": checked and finishing its work, but never chosen. */
    private static String server(Server server) {
        String line = "server " + server.haproxyName() + " " + serverWords(server);
        return switch (server.state()) {
            case READY -> line + server.weight();
            case DRAIN -> line + 0;
            case MAINTENANCE -> line + server.weight() + " disabled";
        };
    }

    /** Where a server is and what it is given, but for the weight, which ends it. */
    static String serverWords(Server server) {
        return Grammar.endpoint(server.address(), server.port()) + " maxconn " + server.maxConnections() + " weight ";
    }
}
