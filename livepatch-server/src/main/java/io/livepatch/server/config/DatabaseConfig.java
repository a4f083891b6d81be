package io.livepatch.server.config;

import java.time.Duration;

/**
 * Section {@code database}.
 *
 * @param poolMax connections at most
 * @param lifetimeMax age at which a connection is replaced
 */
public record DatabaseConfig(Dsn dsn, int poolMax, Duration lifetimeMax) {
    public static final int DEFAULT_POOL_MAX = 10;
    public static final Duration DEFAULT_LIFETIME_MAX = Duration.ofMinutes(10);

    public DatabaseConfig {
        if (poolMax < 1 || !lifetimeMax.isPositive()) {
            throw new IllegalArgumentException("a limit of the database is out of range");
        }
    }
}
