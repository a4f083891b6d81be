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
 */
public record Backend(
        String name, Strategy strategy, Optional<HealthCheck> healthCheck, List<Server> servers, int retries) {
    public static final int DEFAULT_RETRIES = 3;

    public Backend {
        servers = servers.stream()
                .sorted(Comparator.comparing(Server::name, NaturalOrder.OF_NAMES))
                .toList();
        Problems problems = new Problems("backend '" + name + "'")
                .unless(Grammar.isName(name), "the name is not " + Grammar.NAME_RULE)
                .unless(retries >= 0 && retries <= 10, "retries " + retries + " is not between 0 and 10");
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

    /** Livepatch units: the least busy one next, and only those that say they are ready. */
    public static Backend livepatch(String name, List<Server> servers) {
        return new Backend(
                name, Strategy.LEAST_CONNECTIONS, Optional.of(HealthCheck.LIVEPATCH), servers, DEFAULT_RETRIES);
    }

    public Backend withServers(List<Server> newServers) {
        return new Backend(name, strategy, healthCheck, newServers, retries);
    }

    public Backend withStrategy(Strategy newStrategy) {
        return new Backend(name, newStrategy, healthCheck, servers, retries);
    }
}
