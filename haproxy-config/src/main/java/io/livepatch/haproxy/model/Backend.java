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
 * Servers that answer the same requests, and the strategy that distributes requests over them.
 *
 * @param servers in natural order of their names, whatever the order they are given in, so that equal sets are equal backends
 * @param retries how often a request that no server has started to process is retried, 0 to 10; ignored if {@code idempotent},
 *     which retries once
 * @param idempotent whether every request may be processed twice. Then any idle connection is used, and a request without an
 *     answer is retried once on another server
 * @param serverHeader the response header that haproxy sets to the {@link Server#haproxyName} of the server that answered
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
        Violations violations = new Violations("backend '" + name + "'")
                .unless(ConfigSyntax.isName(name), "the name is not " + ConfigSyntax.NAME_RULE)
                .unless(retries >= 0 && retries <= 10, "retries " + retries + " is not between 0 and 10")
                .unless(
                        serverHeader.map(ConfigSyntax::isName).orElse(true),
                        "the header of the server's name is not " + ConfigSyntax.NAME_RULE);
        Map<String, Server> byName = new HashMap<>();
        for (Server server : servers) {
            Server twin = byName.putIfAbsent(server.haproxyName(), server);
            violations.unless(
                    twin == null,
                    "two servers are called '" + server.haproxyName() + "', at "
                            + (twin == null ? "" : ConfigSyntax.endpoint(twin.address(), twin.port())) + " and "
                            + ConfigSyntax.endpoint(server.address(), server.port()));
        }
        violations.throwIfAny();
    }

    /** A backend that is not idempotent and sets no header. */
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

    /** A copy that is idempotent. */
    public Backend asIdempotent() {
        return new Backend(name, strategy, healthCheck, servers, retries, true, serverHeader);
    }

    /** A copy that sets this header in every answer. */
    public Backend withServerHeader(String header) {
        return new Backend(name, strategy, healthCheck, servers, retries, idempotent, Optional.of(header));
    }

    /**
     * The ids of the servers in haproxy; empty unless the strategy uses a hash ring, because ids do not matter otherwise.
     *
     * <p>haproxy 2.6 derives a server's place on the hash ring from its id, and by default numbers servers in the order of the file:
     * removing the first server would move nearly every client to another server. So the ids are derived from the names (CRC-32).
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

    /** Compares the numbers in names by value: {@code app/2} comes before {@code app/10}. */
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
