package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Grammar;
import io.livepatch.haproxy.model.HealthCheck;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.haproxy.model.Strategy;
import java.util.Map;
import java.util.Optional;

/** {@code backend}: servers, how they are chosen and checked, and what is tried again. */
final class BackendSection {
    /**
     * haproxy's defaults for a server of the file. Half of the idle connections are closed each 5 s, so some live for a minute and
     * more: a server must not close idle connections sooner.
     */
    private static final String POOL_WORDS = "pool-max-conn -1 pool-purge-delay 5s";

    private BackendSection() {}

    static void write(Backend backend, Optional<SourceLimits> limits, Lines lines) {
        lines.section("backend " + backend.name())
                .add("balance " + algorithm(backend.strategy()))
                .addIf(backend.strategy().hashing(), "hash-type consistent sdbm avalanche");
        if (backend.idempotent()) {
            lines.why(
                            "http-reuse always: any idle connection may be used, also one that the server is just closing; the")
                    .why(
                            "request is then sent again to another server, which is safe: every request here may be done twice")
                    .add("http-reuse always")
                    .why("only once: a request that kills a server must not kill all of them")
                    .add("retries 1")
                    .add("retry-on conn-failure empty-response 503");
        } else {
            lines.why("http-reuse safe: a client's first request always gets a server connection known to be open")
                    .add("http-reuse safe")
                    .why(
                            "only what no server has begun to work on is sent again: the connection was refused, or a server")
                    .why("that drains or is full said 503 instead of working")
                    .add("retries " + backend.retries())
                    .add("retry-on conn-failure 503");
        }
        lines.add("option redispatch 1");
        limits.ifPresent(it -> SourceLimitRules.writeBackendRules(it, lines));
        backend.serverHeader()
                .ifPresent(header -> lines.why("who answered: not for what haproxy says in a server's stead")
                        .add("http-response set-header " + header + " %[srv_name]"));
        backend.healthCheck().ifPresent(check -> check(check, lines));
        lines.add("default-server " + commonWords(backend));
        Map<Server, Integer> ids = backend.serverIds();
        backend.servers()
                .forEach(server ->
                        lines.add(server(server) + (ids.containsKey(server) ? " id " + ids.get(server) : "")));
    }

    private static String algorithm(Strategy strategy) {
        return switch (strategy) {
            case ROUND_ROBIN -> "roundrobin";
            case LEAST_CONNECTIONS -> "leastconn";
            case IP_HASH -> "source";
            case RANDOM -> "random(2)";
            case URI_HASH -> "uri path-only";
        };
    }

    private static void check(HealthCheck check, Lines lines) {
        lines.add("option httpchk")
                .add("http-check send meth GET uri " + check.path() + " ver HTTP/1.1 hdr Host localhost")
                .add("http-check expect status 200")
                .add("timeout check " + Lines.time(check.timeout()));
    }

    /**
     * What all servers of a backend have in common. {@code add server} is given it too: it heeds no {@code default-server}, and
     * without a pool of its own a server that came in at run time gets a new connection for each request.
     */
    static String commonWords(Backend backend) {
        return POOL_WORDS
                + backend.healthCheck().map(check -> " " + checkWords(check)).orElse("");
    }

    private static String checkWords(HealthCheck check) {
        return "check inter " + Lines.time(check.interval()) + " fastinter " + Lines.time(check.fastInterval())
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
