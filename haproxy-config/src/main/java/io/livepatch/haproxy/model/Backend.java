package io.livepatch.haproxy.model;

import io.livepatch.haproxy.model.InvalidModelException.Violations;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
            Server duplicate = byName.putIfAbsent(server.haproxyName(), server);
            violations.unless(
                    duplicate == null,
                    "two servers are called '" + server.haproxyName() + "', at "
                            + (duplicate == null ? "" : ConfigSyntax.endpoint(duplicate.address(), duplicate.port()))
                            + " and "
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
     * <p>haproxy 2.6 derives a server's position on the hash ring from its id, and by default numbers servers in the order of the
     * file: removing the first server would move nearly every client to another server. So the ids are derived from the names
     * (CRC-32).
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
            String[] leftParts = BORDER.split(left, -1);
            String[] rightParts = BORDER.split(right, -1);
            for (int i = 0; i < Math.min(leftParts.length, rightParts.length); i++) {
                int order = compareParts(leftParts[i], rightParts[i]);
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(leftParts.length, rightParts.length);
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

    /**
     * The health check of a backend's servers: {@code GET path} must answer 200.
     *
     * @param interval between checks of a server whose state is settled
     * @param fastInterval between checks while its state is changing
     * @param fall failed checks in a row after which a server is down, 1 to 100
     * @param rise passed checks in a row after which it is up again, 1 to 100
     */
    public record HealthCheck(
            String path, Duration interval, Duration fastInterval, Duration timeout, int fall, int rise) {
        /** Intervals of 1 s and 250 ms, a time-out of 2 s: a server that answers 503 gets no new requests after at most 1.25 s. */
        public static HealthCheck of(String path) {
            return new HealthCheck(path, Duration.ofSeconds(1), Duration.ofMillis(250), Duration.ofSeconds(2), 2, 2);
        }

        public HealthCheck {
            new Violations("health check '" + path + "'")
                    .unless(
                            path.equals("/") || ConfigSyntax.isRoute(path),
                            "the path is not " + ConfigSyntax.ROUTE_RULE)
                    .unless(ConfigSyntax.isDuration(interval), "interval must be " + ConfigSyntax.DURATION_RULE)
                    .unless(
                            ConfigSyntax.isDuration(fastInterval),
                            "fast interval must be " + ConfigSyntax.DURATION_RULE)
                    .unless(ConfigSyntax.isDuration(timeout), "timeout must be " + ConfigSyntax.DURATION_RULE)
                    .unless(fall >= 1 && fall <= 100, "fall " + fall + " is not between 1 and 100")
                    .unless(rise >= 1 && rise <= 100, "rise " + rise + " is not between 1 and 100")
                    .throwIfAny();
        }
    }

    /** How a {@link Backend} chooses a server for a request. */
    public enum Strategy {
        /** Each server in turn, in proportion to the weights. */
        ROUND_ROBIN(false),
        /** The server with the fewest connections. */
        LEAST_CONNECTIONS(false),
        /** The same server for the same client address. */
        IP_HASH(true),
        /** The less loaded of two random servers: several load balancers with the same servers do not all choose the same one. */
        RANDOM(false),
        /** The same server for the same path, whatever the query: each server's cache then holds its own part of the content. */
        URI_HASH(true);

        private final boolean hashing;

        Strategy(boolean hashing) {
            this.hashing = hashing;
        }

        /** The names of all strategies, {@code round_robin}. */
        public static List<String> names() {
            return Arrays.stream(values())
                    .map(strategy -> strategy.name().toLowerCase(Locale.ROOT))
                    .toList();
        }

        /** The strategy of this name; empty if there is none. */
        public static Optional<Strategy> named(String name) {
            return names().contains(name) ? Optional.of(valueOf(name.toUpperCase(Locale.ROOT))) : Optional.empty();
        }

        /** Whether a hash ring decides, on which {@link Backend#serverIds} place the servers. */
        public boolean hashing() {
            return hashing;
        }
    }
}
