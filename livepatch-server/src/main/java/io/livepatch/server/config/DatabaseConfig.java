package io.livepatch.server.config;

import io.livepatch.common.config.Option;
import java.time.Duration;

/** Section {@code database}. */
public record DatabaseConfig(
        @Option(
                value = "the catalog's database, on one or more hosts; see [Connection strings](#connection-strings)",
                key = "connection-string",
                secret = true,
                expected = Dsn.FORM)
        Dsn dsn,

        @Option(value = "connections at most", key = "connection-pool-max", byDefault = "10", min = "1", max = "1000")
        int poolMax,

        // HikariCP does not go below 30 s.
        @Option(
                value = "age at which a connection is replaced",
                key = "connection-lifetime-max",
                byDefault = "10m",
                min = "30s",
                max = "24h",
                example = "10m")
        Duration lifetimeMax) {}
