package io.livepatch.haproxy;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Servers that do the same work, and how requests are spread over them.
 *
 * @param servers kept in natural order of their names, so that equal sets are equal backends
 * @param retries how often a request that no server has begun to work on is tried on another one
 * @param serverHeader the header in which every answer of a server says its {@link Server#haproxyName}, whatever the server says there
 */
public record Backend(
        String name,
        Strategy strategy,
        Optional<HealthCheck> healthCheck,
        List<Server> servers,
        int retries,
        Optional<String> serverHeader) {
    public static final int DEFAULT_RETRIES = 3;

    /** In which {@link #livepatch} says which unit has answered. */
    public static final String UNIT_HEADER = "X-Livepatch-Unit";

    public Backend {
        servers = servers.stream()
                .sorted(Comparator.comparing(Server::name, NaturalOrder.OF_NAMES))
                .toList();
        Problems problems = new Problems("backend '" + name + "'")
                .unless(Grammar.isName(name), "the name is not " + Grammar.NAME_RULE)
                .unless(retries >= 0 && retries <= 10, "retries " + retries + " is not between 0 and 10")
                .unless(
                        serverHeader.map(Grammar::isName).orElse(true),
                        "the header of the server's name is not " + Grammar.NAME_RULE);
        Map<String, Server> byName = new HashMap<>();
        for (Server server : servers) {
            Server twin = byName.putIfAbsent(server.haproxyName(), server);
            problems.unless(
                    twin == null,
                    "two servers are called '" + server.haproxyName() + "', at "
                            + (twin == null ? "" : Grammar.endpoint(twin.address(), twin.port())) + " and "
                            + Grammar.endpoint(server.address(), server.port()));
        }
        problems.throwIfAny();
    }

    /** Servers that stay unnamed. */
    public Backend(
            String name, Strategy strategy, Optional<HealthCheck> healthCheck, List<Server> servers, int retries) {
        this(name, strategy, healthCheck, servers, retries, Optional.empty());
    }

    /** Livepatch units: the least busy one next, and only those that say they are ready. */
    public static Backend livepatch(String name, List<Server> servers) {
        return new Backend(
                name,
                Strategy.LEAST_CONNECTIONS,
                Optional.of(HealthCheck.LIVEPATCH),
                servers,
                DEFAULT_RETRIES,
                Optional.of(UNIT_HEADER));
    }

    public Backend withServers(List<Server> newServers) {
        return new Backend(name, strategy, healthCheck, newServers, retries, serverHeader);
    }

    public Backend withStrategy(Strategy newStrategy) {
        return new Backend(name, newStrategy, healthCheck, servers, retries, serverHeader);
    }
}
