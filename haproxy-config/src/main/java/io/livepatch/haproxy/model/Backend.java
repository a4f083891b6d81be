package io.livepatch.haproxy.model;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

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

    /**
     * The ids that haproxy shall know its servers by; empty unless the strategy hashes, because only then do they matter.
     *
     * <p>haproxy 2.6 places a server on the hash ring by its id, and numbers servers in the order of the file unless it is told
     * otherwise. Then the departure of the first server would move nearly every client to another one. These ids depend on the
     * servers' names.
     */
    public Map<Server, Integer> serverIds() {
        Map<Server, Integer> ids = new LinkedHashMap<>();
        Set<Integer> taken = new HashSet<>();
        for (Server server : strategy.hashing() ? servers : List.<Server>of()) {
            int id = idOf(server.haproxyName());
            while (!taken.add(id)) {
                id = id == Integer.MAX_VALUE ? 1 : id + 1;
            }
            ids.put(server, id);
        }
        return ids;
    }

    private static int idOf(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return Math.max(1, (int) (crc.getValue() & Integer.MAX_VALUE));
    }

    /** Orders names as people count: {@code livepatch/2} before {@code livepatch/10}. */
    private static final class NaturalOrder implements Comparator<String> {
        static final Comparator<String> OF_NAMES = new NaturalOrder().thenComparing(Comparator.naturalOrder());

        private static final Pattern BORDER = Pattern.compile("(?<=[^0-9])(?=[0-9])|(?<=[0-9])(?=[^0-9])");

        private NaturalOrder() {}

        @Override
        public int compare(String left, String right) {
            String[] ours = BORDER.split(left, -1);
            String[] theirs = BORDER.split(right, -1);
            for (int i = 0; i < Math.min(ours.length, theirs.length); i++) {
                int order = compareParts(ours[i], theirs[i]);
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(ours.length, theirs.length);
        }

        private static int compareParts(String left, String right) {
            if (isNumber(left) && isNumber(right)) {
                return new BigInteger(left).compareTo(new BigInteger(right));
            }
            return left.compareTo(right);
        }

        private static boolean isNumber(String part) {
            return !part.isEmpty() && part.charAt(0) >= '0' && part.charAt(0) <= '9';
        }
    }
}
