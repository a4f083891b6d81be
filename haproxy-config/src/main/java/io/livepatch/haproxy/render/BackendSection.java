package io.livepatch.haproxy.render;

import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.ConfigSyntax;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import java.util.Map;
import java.util.Optional;

/** {@code backend}: the servers, balancing, health checks and retries. */
final class BackendSection {
    /**
     * haproxy's defaults for a server of the file. Half of the idle connections are closed every 5 s, so that some stay open for
     * more than a minute: a server's own idle time-out must be longer.
     */
    private static final String POOL_PARAMETERS = "pool-max-conn -1 pool-purge-delay 5s";

    private BackendSection() {}

    static void write(Backend backend, Optional<SourceLimits> limits, ConfigWriter writer) {
        writer.section("backend " + backend.name())
                .add("balance " + algorithm(backend.strategy()))
                .addIf(backend.strategy().hashing(), "hash-type consistent sdbm avalanche");
        if (backend.idempotent()) {
            writer.comment(
                            "http-reuse always: a reused connection may be one that the server is closing. The request is then")
                    .comment("sent to another server, which is safe, since all requests of this backend are idempotent")
                    .add("http-reuse always")
                    .comment("one retry: a request that crashes a server must not crash all of them")
                    .add("retries 1")
                    .add("retry-on conn-failure empty-response 503");
        } else {
            writer.comment(
                            "http-reuse safe: the first request of a client connection is not sent on an idle connection, which the server may be closing")
                    .add("http-reuse safe")
                    .comment(
                            "retries only requests that no server has processed: the connection failed, or the server answered")
                    .comment("503 because it drains or is full")
                    .add("retries " + backend.retries())
                    .add("retry-on conn-failure 503");
        }
        writer.add("option redispatch 1");
        limits.ifPresent(it -> SourceLimitRules.writeBackendRules(it, writer));
        backend.serverHeader()
                .ifPresent(
                        header -> writer.comment("the server that answered; absent from answers that haproxy generates")
                                .add("http-response set-header " + header + " %[srv_name]"));
        backend.healthCheck().ifPresent(check -> check(check, writer));
        writer.add("default-server " + commonParameters(backend));
        Map<Server, Integer> ids = backend.serverIds();
        backend.servers()
                .forEach(server ->
                        writer.add(server(server) + (ids.containsKey(server) ? " id " + ids.get(server) : "")));
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

    private static void check(HealthCheck check, ConfigWriter writer) {
        writer.add("option httpchk")
                .add("http-check send meth GET uri " + check.path() + " ver HTTP/1.1 hdr Host localhost")
                .add("http-check expect status 200")
                .add("timeout check " + ConfigWriter.time(check.timeout()));
    }

    /**
     * The parameters that all servers of a backend have in common. {@code add server} needs them too, because it ignores
     * {@code default-server}, and without the pool's parameters haproxy opens a connection for each request to an added server.
     */
    static String commonParameters(Backend backend) {
        return POOL_PARAMETERS
                + backend.healthCheck()
                        .map(check -> " " + checkParameters(check))
                        .orElse("");
    }

    private static String checkParameters(HealthCheck check) {
        return "check inter " + ConfigWriter.time(check.interval()) + " fastinter "
                + ConfigWriter.time(check.fastInterval()) + " fall " + check.fall() + " rise " + check.rise();
    }

    /** Weight 0 means "drain" in a file: the server is checked and finishes its requests, but is never chosen. */
    private static String server(Server server) {
        String line = "server " + server.haproxyName() + " " + serverParameters(server);
        return switch (server.state()) {
            case READY -> line + server.weight();
            case DRAIN -> line + 0;
            case MAINTENANCE -> line + server.weight() + " disabled";
        };
    }

    /** Address and limits of a server; the weight has to follow. */
    static String serverParameters(Server server) {
        return ConfigSyntax.endpoint(server.address(), server.port()) + " maxconn " + server.maxConnections()
                + " weight ";
    }
}
