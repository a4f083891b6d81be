package io.livepatch.server.config;

import io.livepatch.server.config.AuthConfig.BasicUser;
import io.livepatch.storage.StoreType;
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
            Readings.duration(Duration.ofSeconds(10), ServerConfig.LONGEST_URL_TTL));
    static final Key<Duration> SIGNING_KEY_AGE = Key.of(
            "server.signing-key-age",
            ServerConfig.DEFAULT_SIGNING_KEY_AGE,
            "a duration from 1h to 8760h, like 720h, or 0 for never",
            Readings.durationOrZero(Duration.ofHours(1), Duration.ofDays(365)));
    static final Key<Duration> CHANGE_WAIT = Key.of(
            "server.change-wait",
            ServerConfig.DEFAULT_CHANGE_WAIT,
            "a duration from 0s to 20s, like 5s",
            Readings.duration(Duration.ZERO, ServerConfig.LONGEST_CHANGE_WAIT));
    static final Key<Long> MAX_PATCH_SIZE = Key.of(
            "server.max-patch-size",
            ServerConfig.DEFAULT_MAX_PATCH_SIZE,
            "a size from 1KiB to 16GiB, like 64MiB",
            Readings.size(1L << 10, 16L << 30));

    static final Key<Long> MIN_FREE_SPACE = Key.of(
            "server.min-free-space",
            ServerConfig.DEFAULT_MIN_FREE_SPACE,
            "a size up to 1TiB, like 1GiB, or 0 for no warnings",
            Readings.size(0, 1L << 40));

    static final Key<Boolean> REDIRECT_DOWNLOADS =
            Key.of("server.redirect-downloads", false, "true or false", Readings::trueOrFalse);

    static final Key<List<Cidr>> TRUSTED_PROXIES = Key.of(
            "server.trusted-proxies",
            EdgeConfig.DEFAULT.trustedProxies(),
            "IP addresses and blocks like 10.0.0.0/8, separated by commas",
            Readings::cidrs);
    static final Key<Integer> CONNECTION_LIMIT = Key.of(
            "server.connection-limit",
            EdgeConfig.DEFAULT.connectionLimit(),
            "a number from 1 to 1000000",
            Readings.integer(1, 1_000_000));
    static final Key<Integer> SOURCE_CONNECTION_LIMIT = Key.of(
            "server.source-connection-limit",
            EdgeConfig.DEFAULT.sourceConnectionLimit(),
            "a number from 1 to 1000000",
            Readings.integer(1, 1_000_000));
    static final Key<Integer> DOWNLOAD_LIMIT = Key.of(
            "server.download-limit",
            EdgeConfig.DEFAULT.downloadLimit(),
            "a number from 1 to 100000",
            Readings.integer(1, 100_000));
    static final Key<Integer> UPLOAD_LIMIT = Key.of(
            "server.upload-limit", EdgeConfig.DEFAULT.uploadLimit(), "a number from 1 to 32", Readings.integer(1, 32));
    static final Key<Duration> IDLE_TIMEOUT = Key.of(
            "server.idle-timeout",
            EdgeConfig.DEFAULT.idleTimeout(),
            "a duration from 1s to 1h, like 5m",
            Readings.duration(Duration.ofSeconds(1), Duration.ofHours(1)));
    static final Key<Duration> HEAD_TIMEOUT = Key.of(
            "server.head-timeout",
            EdgeConfig.DEFAULT.headTimeout(),
            "a duration from 100ms to 5m, like 10s",
            Readings.duration(Duration.ofMillis(100), Duration.ofMinutes(5)));
    static final Key<Duration> BODY_TIMEOUT = Key.of(
            "server.body-timeout",
            EdgeConfig.DEFAULT.bodyTimeout(),
            "a duration from 100ms to 5m, like 10s",
            Readings.duration(Duration.ofMillis(100), Duration.ofMinutes(5)));
    static final Key<Long> MIN_DATA_RATE = Key.of(
            "server.min-data-rate",
            EdgeConfig.DEFAULT.minDataRate(),
            "a size from 0 to 1GiB that must pass in a second, like 1KiB",
            Readings.size(0, 1L << 30));
    static final Key<Duration> DATA_RATE_PERIOD = Key.of(
            "server.data-rate-period",
            EdgeConfig.DEFAULT.dataRatePeriod(),
            "a duration from 1s to 10m, like 20s",
            Readings.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)));

    static final Key<Duration> TAKEOVER_AFTER = Key.of(
            "machines.takeover-after",
            MachinesConfig.DEFAULT_TAKEOVER_AFTER,
            "a duration from 1m to 8760h, like 24h",
            Readings.duration(Duration.ofMinutes(1), Duration.ofDays(365)));

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

    static final Key<StoreType> STORAGE_TYPE = Key.of(
            "patch-storage.type",
            StoreType.FILESYSTEM,
            "one of " + String.join(", ", StoreType.names()),
            Readings::storageType);
    static final Key<Path> FILESYSTEM_PATH = Key.of(
            "patch-storage.filesystem-path",
            Path.of("/var/lib/livepatch/patches"),
            "an absolute path",
            Readings::absolutePath);

    static final Key<Optional<Dsn>> STORAGE_DSN = Key.<Optional<Dsn>>of(
                    "patch-storage.postgres-connection-string",
                    Optional.empty(),
                    "postgres://user:password@host:port/database",
                    text -> Optional.of(Dsn.parse(text)))
            .asSecret();
    static final Key<String> S3_ENDPOINT = Key.of(
            "patch-storage.s3-endpoint",
            "",
            "a URL like https://s3.example.com:9000, or host:port",
            Readings::endpoint);
    static final Key<Boolean> S3_SECURE =
            Key.of("patch-storage.s3-secure", true, "true or false", Readings::trueOrFalse);
    static final Key<String> S3_REGION =
            Key.of("patch-storage.s3-region", S3Config.DEFAULT_REGION, "a region like us-east-1", Readings::word);
    static final Key<String> S3_BUCKET =
            Key.of("patch-storage.s3-bucket", "", "the name of a bucket that exists", Readings::bucket);
    static final Key<String> S3_PREFIX =
            Key.of("patch-storage.s3-prefix", "", "the beginning of all keys, like livepatch/", Readings::prefix);
    static final Key<Optional<Boolean>> S3_PATH_STYLE = Key.of(
            "patch-storage.s3-path-style",
            Optional.empty(),
            "true or false",
            text -> Optional.of(Readings.trueOrFalse(text)));
    static final Key<Optional<Path>> S3_CA_FILE = Key.of(
            "patch-storage.s3-ca-file",
            Optional.empty(),
            "the absolute path of a PEM file",
            text -> Optional.of(Readings.absolutePath(text)));
    static final Key<String> S3_ACCESS_KEY = Key.of("patch-storage.s3-access-key", "", "an access key", Readings::word)
            .asSecret();
    static final Key<String> S3_SECRET_KEY = Key.of("patch-storage.s3-secret-key", "", "a secret key", Readings::word)
            .asSecret();
    static final Key<Duration> SCRUB_INTERVAL = Key.of(
            "patch-storage.scrub-interval",
            PatchStorageConfig.DEFAULT_SCRUB_INTERVAL,
            "a duration from 1m to 8760h, like 168h, or 0 for never",
            Readings.durationOrZero(Duration.ofMinutes(1), Duration.ofDays(365)));
    static final Key<Long> SCRUB_RATE = Key.of(
            "patch-storage.scrub-rate",
            PatchStorageConfig.DEFAULT_SCRUB_RATE,
            "a size from 1KiB to 1GiB, read in a second at most, like 4MiB",
            Readings.size(1L << 10, 1L << 30));

    static final Key<Boolean> CACHE_ENABLED =
            Key.of("patch-cache.enabled", true, "true or false", Readings::trueOrFalse);
    static final Key<Path> CACHE_PATH =
            Key.of("patch-cache.path", PatchCacheConfig.DEFAULT_PATH, "an absolute path", Readings::absolutePath);
    static final Key<Long> CACHE_SIZE = Key.of(
            "patch-cache.size",
            PatchCacheConfig.DEFAULT_SIZE,
            "a size from 1MiB to 16TiB, like 1GiB",
            Readings.size(1L << 20, 16L << 40));
    static final Key<Duration> CACHE_TTL = Key.of(
            "patch-cache.ttl",
            PatchCacheConfig.DEFAULT_TTL,
            "a duration from 1m to 87600h, like 720h",
            Readings.duration(Duration.ofMinutes(1), Duration.ofDays(3650)));

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
            SIGNING_KEY_AGE,
            CHANGE_WAIT,
            MAX_PATCH_SIZE,
            MIN_FREE_SPACE,
            REDIRECT_DOWNLOADS,
            TRUSTED_PROXIES,
            CONNECTION_LIMIT,
            SOURCE_CONNECTION_LIMIT,
            DOWNLOAD_LIMIT,
            UPLOAD_LIMIT,
            IDLE_TIMEOUT,
            HEAD_TIMEOUT,
            BODY_TIMEOUT,
            MIN_DATA_RATE,
            DATA_RATE_PERIOD,
            TAKEOVER_AFTER,
            DSN,
            POOL_MAX,
            LIFETIME_MAX,
            BASIC_ENABLED,
            BASIC_USERS,
            STORAGE_TYPE,
            FILESYSTEM_PATH,
            STORAGE_DSN,
            S3_ENDPOINT,
            S3_SECURE,
            S3_REGION,
            S3_BUCKET,
            S3_PREFIX,
            S3_PATH_STYLE,
            S3_CA_FILE,
            S3_ACCESS_KEY,
            S3_SECRET_KEY,
            SCRUB_INTERVAL,
            SCRUB_RATE,
            CACHE_ENABLED,
            CACHE_PATH,
            CACHE_SIZE,
            CACHE_TTL);

    private Keys() {}
}
