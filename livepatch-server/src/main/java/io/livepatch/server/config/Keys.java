package io.livepatch.server.config;

import io.livepatch.server.config.AuthConfig.BasicUser;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Every setting there is. What is not listed here is unknown. */
final class Keys {
    static final Key<InetSocketAddress> ADDRESS = Key.of(
            "server.server-address",
            new InetSocketAddress("0.0.0.0", 8080),
            "an address like 0.0.0.0:8080 or :8080",
            Readings::address);
    static final Key<Boolean> REUSE_PORT = Key.of("server.reuse-port", false, "true or false", Readings::trueOrFalse);
    static final Key<Optional<InetSocketAddress>> WORKER_ADDRESS = Key.of(
            "server.worker-address",
            Optional.empty(),
            "an address like 127.0.0.1:9001",
            text -> Optional.of(Readings.address(text)));
    static final Key<String> UNIT =
            Key.of("server.unit", "livepatch/0", "the unit's name, like livepatch/0", Readings::unit);
    static final Key<UrlTemplate> URL_TEMPLATE = Key.required(
            "server.url-template",
            "how machines reach a patch, like https://livepatch.example.com:8443/v1/patches/{filename}",
            UrlTemplate::new);
    static final Key<Duration> DRAIN = Key.of(
            "server.drain",
            ServerConfig.DEFAULT_DRAIN,
            "a duration from 0s to 10m, like 5s",
            Readings.duration(Duration.ZERO, Duration.ofMinutes(10)));
    static final Key<String> LOG_LEVEL =
            Key.of("server.log-level", "info", "one of trace, debug, info, warn, error", Readings::logLevel);
    static final Key<Integer> CONCURRENCY_LIMIT = Key.of(
            "server.concurrency-limit",
            ServerConfig.DEFAULT_CONCURRENCY_LIMIT,
            "a number from 1 to 100000",
            Readings.integer(1, 100_000));
    static final Key<Integer> BURST_LIMIT = Key.of(
            "server.burst-limit",
            ServerConfig.DEFAULT_BURST_LIMIT,
            "a number from 0 to 100000",
            Readings.integer(0, 100_000));
    static final Key<Duration> URL_TTL = Key.of(
            "server.url-ttl",
            ServerConfig.DEFAULT_URL_TTL,
            "a duration from 10s to 168h, like 1h",
            Readings.duration(Duration.ofSeconds(10), Duration.ofDays(7)));
    static final Key<Long> MAX_PATCH_SIZE = Key.of(
            "server.max-patch-size",
            ServerConfig.DEFAULT_MAX_PATCH_SIZE,
            "a size from 1KiB to 16GiB, like 64MiB",
            Readings.size(1L << 10, 16L << 30));

    static final Key<Dsn> DSN = Key.required(
                    "database.connection-string", "postgres://user:password@host:port/database", Dsn::parse)
            .asSecret();
    static final Key<Integer> POOL_MAX = Key.of(
            "database.connection-pool-max",
            DatabaseConfig.DEFAULT_POOL_MAX,
            "a number from 1 to 1000",
            Readings.integer(1, 1000));
    // HikariCP does not go below 30 s.
    static final Key<Duration> LIFETIME_MAX = Key.of(
            "database.connection-lifetime-max",
            DatabaseConfig.DEFAULT_LIFETIME_MAX,
            "a duration from 30s to 24h, like 10m",
            Readings.duration(Duration.ofSeconds(30), Duration.ofHours(24)));

    static final Key<Boolean> BASIC_ENABLED =
            Key.of("auth.basic.enabled", true, "true or false", Readings::trueOrFalse);
    static final Key<List<BasicUser>> BASIC_USERS = Key.<List<BasicUser>>of(
                    "auth.basic.users",
                    List.of(),
                    "lines of 'htpasswd -nB <user>', separated by commas or newlines",
                    Readings::users)
            .asSecret();

    static final Key<String> STORAGE_TYPE =
            Key.of("patch-storage.type", "filesystem", "filesystem", Readings::storageType);
    static final Key<Path> FILESYSTEM_PATH = Key.of(
            "patch-storage.filesystem-path",
            Path.of("/var/lib/livepatch/patches"),
            "an absolute path",
            Readings::absolutePath);

    static final List<Key<?>> ALL = List.of(
            ADDRESS,
            REUSE_PORT,
            WORKER_ADDRESS,
            UNIT,
            URL_TEMPLATE,
            DRAIN,
            LOG_LEVEL,
            CONCURRENCY_LIMIT,
            BURST_LIMIT,
            URL_TTL,
            MAX_PATCH_SIZE,
            DSN,
            POOL_MAX,
            LIFETIME_MAX,
            BASIC_ENABLED,
            BASIC_USERS,
            STORAGE_TYPE,
            FILESYSTEM_PATH);

    private Keys() {}
}
