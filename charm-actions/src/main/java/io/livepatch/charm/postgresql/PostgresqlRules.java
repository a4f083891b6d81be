package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Demand;
import io.livepatch.charm.api.ScaleLimit;
import io.livepatch.charm.api.ValueFormat;
import io.livepatch.charm.exec.PortProbe;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rules of the postgresql charm's options, and the connections for related applications. */
final class PostgresqlRules {
    private static final String MAX_CONNECTIONS = "max-connections";
    /** PostgreSQL keeps 3 for its own user ({@code superuser_reserved_connections}); with fewer connections it is useless. */
    private static final long MIN_CONNECTIONS = 10;

    private static final long RESERVED = 3;
    /** PostgreSQL's own bound. */
    private static final long MAX_CONNECTIONS_LIMIT = 262_143;
    /** PostgreSQL's syntax: its units are powers of 1024, and a number alone counts pages of 8 kB. */
    private static final Pattern MEMORY = Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,6})?)\\s*(|B|kB|MB|GB|TB)");

    private static final Map<String, BigDecimal> UNITS = Map.of(
            "", BigDecimal.valueOf(8 << 10),
            "B", BigDecimal.ONE,
            "kB", BigDecimal.valueOf(1L << 10),
            "MB", BigDecimal.valueOf(1L << 20),
            "GB", BigDecimal.valueOf(1L << 30),
            "TB", BigDecimal.valueOf(1L << 40));
    /** PostgreSQL's own bound: 16 pages. */
    private static final BigDecimal MIN_BUFFERS = BigDecimal.valueOf(128 << 10);

    static final CharmMetadata METADATA = CharmMetadata.read("postgresql")
            .withFormats(Map.of(
                    // The server never runs as root.
                    "port",
                    ValueFormat.port(PortProbe.FIRST_UNPRIVILEGED_PORT),
                    MAX_CONNECTIONS,
                    ValueFormat.number(MIN_CONNECTIONS, MAX_CONNECTIONS_LIMIT),
                    "shared-buffers",
                    buffers(machineMemory())))
            .withScaling(_ -> Optional.of(new ScaleLimit(
                    1, "the charm runs a single server and makes no followers of it yet", Optional.empty())))
            .withGiven(new Demand(
                    "database", config -> config.number(MAX_CONNECTIONS) - RESERVED, "set a larger " + MAX_CONNECTIONS))
            .withData(_ -> true);

    private PostgresqlRules() {}

    /**
     * A size for PostgreSQL's page cache, up to three quarters of the machine's memory: its processes and the kernel need the rest.
     */
    static ValueFormat buffers(long memory) {
        long bytes = memory / 4 * 3;
        BigDecimal max = BigDecimal.valueOf(bytes);
        return ValueFormat.of(
                "from 128kB to " + (bytes >> 20) + "MB, three quarters of this machine's memory",
                "64MB",
                text -> bytes(text)
                        .filter(it -> it.compareTo(MIN_BUFFERS) >= 0 && it.compareTo(max) <= 0)
                        .isPresent());
    }

    private static Optional<BigDecimal> bytes(String text) {
        Matcher matcher = MEMORY.matcher(text);
        return matcher.matches()
                ? Optional.ofNullable(UNITS.get(matcher.group(2)))
                        .map(unit -> new BigDecimal(matcher.group(1)).multiply(unit))
                : Optional.empty();
    }

    /** In bytes; the limit of the control group where there is one. */
    private static long machineMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }
}
