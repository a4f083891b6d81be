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
 * @param retries how often a request that no server has begun to work on is tried on another one; an idempotent backend tries once
 * @param idempotent whether every request that is sent here may be done twice. Then any idle connection is used, and a request that
 *     got no answer is tried once more on another server
 * @param serverHeader the header in which every answer of a server says its {@link Server#haproxyName}, whatever the server says there
 */
public record Backend(
        String name,
        Strategy strategy,
        Optional<HealthCheck> healthCheck,
        List<Server> servers,
        int retries,
        boolean idempotent,
        Optional<String> serverHeader) {
    public static final int DEFAULT_RETRIES = 3;

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

    /** A backend whose servers stay unnamed and whose requests must not be done twice. */
    public Backend(
            String name, Strategy strategy, Optional<HealthCheck> healthCheck, List<Server> servers, int retries) {
        this(name, strategy, healthCheck, servers, retries, false, Optional.empty());
    }

    public Backend withServers(List<Server> newServers) {
        return new Backend(name, strategy, healthCheck, newServers, retries, idempotent, serverHeader);
    }

    public Backend withStrategy(Strategy newStrategy) {
        return new Backend(name, newStrategy, healthCheck, servers, retries, idempotent, serverHeader);
    }

    /** The same, with every request allowed to be done twice. */
    public Backend asIdempotent() {
        return new Backend(name, strategy, healthCheck, servers, retries, true, serverHeader);
    }

    /** The same, with this header naming the server in every answer. */
    public Backend withServerHeader(String header) {
        return new Backend(name, strategy, healthCheck, servers, retries, idempotent, Optional.of(header));
    }
}
