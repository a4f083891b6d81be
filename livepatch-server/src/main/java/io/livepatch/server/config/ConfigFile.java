package io.livepatch.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@link Config} from a YAML file and the environment. Keys are nested or dotted, {@code -} and {@code _} are the same,
 * and an environment variable {@code LP_SERVER_URL_TEMPLATE} wins over {@code server.url-template} in the file.
 */
public final class ConfigFile {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);
    private static final int MAX_LENGTH = 1 << 20;

    private ConfigFile() {}

    /**
     * Reads a file, then the environment over it.
     *
     * @throws ConfigException with everything that is wrong
     */
    public static Config read(Path file, Map<String, String> environment) {
        List<Problem> problems = new ArrayList<>();
        return config(YamlSettings.read(file.toString(), text(file), problems), environment, problems);
    }

    /**
     * Reads the environment alone.
     *
     * @throws ConfigException with everything that is wrong
     */
    public static Config read(Map<String, String> environment) {
        return config(Map.of(), environment, new ArrayList<>());
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_LENGTH + 1);
            if (bytes.length > MAX_LENGTH) {
                throw unreadable(file, "is longer than 1MiB", "name a configuration file");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw unreadable(file, "there is no such file", "name an existing one with --config");
        } catch (IOException e) {
            throw unreadable(file, "cannot be read: " + e, "check its permissions");
        }
    }

    private static ConfigException unreadable(Path file, String what, String remedy) {
        return new ConfigException(List.of(new Problem(file.toString(), "", what, remedy)));
    }

    private static Config config(
            Map<String, String> settings, Map<String, String> environment, List<Problem> problems) {
        Values values = new Values(problems);
        values.addFile(settings);
        values.addEnvironment(environment);
        Supplier<ServerConfig> server = server(values);
        Optional<Duration> takeoverAfter = values.read(Keys.TAKEOVER_AFTER);
        Supplier<DatabaseConfig> database = database(values);
        Supplier<AuthConfig> auth = auth(values);
        Supplier<PatchStorageConfig> storage = StorageSections.storage(values);
        Supplier<PatchCacheConfig> cache = StorageSections.cache(values);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        Config config = new Config(
                server.get(),
                new MachinesConfig(takeoverAfter.orElseThrow()),
                database.get(),
                auth.get(),
                storage.get(),
                cache.get());
        warn(config, values);
        return config;
    }

    private static Supplier<ServerConfig> server(Values values) {
        var address = values.read(Keys.ADDRESS);
        var reusePort = values.read(Keys.REUSE_PORT);
        var workerAddress = values.read(Keys.WORKER_ADDRESS);
        var unit = values.read(Keys.UNIT);
        var urlTemplate = values.read(Keys.URL_TEMPLATE);
        var drain = values.read(Keys.DRAIN);
        var logLevel = values.read(Keys.LOG_LEVEL);
        var concurrencyLimit = values.read(Keys.CONCURRENCY_LIMIT);
        var burstLimit = values.read(Keys.BURST_LIMIT);
        var urlTtl = values.read(Keys.URL_TTL);
        var signingKeyAge = values.read(Keys.SIGNING_KEY_AGE);
        var changeWait = values.read(Keys.CHANGE_WAIT);
        var maxPatchSize = values.read(Keys.MAX_PATCH_SIZE);
        var minFreeSpace = values.read(Keys.MIN_FREE_SPACE);
        var redirectDownloads = values.read(Keys.REDIRECT_DOWNLOADS);
        Supplier<EdgeConfig> edge = edge(values);
        return () -> new ServerConfig(
                address.orElseThrow(),
                reusePort.orElseThrow(),
                workerAddress.orElseThrow(),
                unit.orElseThrow(),
                urlTemplate.orElseThrow(),
                drain.orElseThrow(),
                logLevel.orElseThrow(),
                concurrencyLimit.orElseThrow(),
                burstLimit.orElseThrow(),
                urlTtl.orElseThrow(),
                signingKeyAge.orElseThrow(),
                changeWait.orElseThrow(),
                maxPatchSize.orElseThrow(),
                minFreeSpace.orElseThrow(),
                redirectDownloads.orElseThrow(),
                edge.get());
    }

    private static Supplier<EdgeConfig> edge(Values values) {
        var trustedProxies = values.read(Keys.TRUSTED_PROXIES);
        var connectionLimit = values.read(Keys.CONNECTION_LIMIT);
        var sourceConnectionLimit = values.read(Keys.SOURCE_CONNECTION_LIMIT);
        var downloadLimit = values.read(Keys.DOWNLOAD_LIMIT);
        var uploadLimit = values.read(Keys.UPLOAD_LIMIT);
        var idleTimeout = values.read(Keys.IDLE_TIMEOUT);
        var headTimeout = values.read(Keys.HEAD_TIMEOUT);
        var bodyTimeout = values.read(Keys.BODY_TIMEOUT);
        var minDataRate = values.read(Keys.MIN_DATA_RATE);
        var dataRatePeriod = values.read(Keys.DATA_RATE_PERIOD);
        return () -> new EdgeConfig(
                trustedProxies.orElseThrow(),
                connectionLimit.orElseThrow(),
                sourceConnectionLimit.orElseThrow(),
                downloadLimit.orElseThrow(),
                uploadLimit.orElseThrow(),
                idleTimeout.orElseThrow(),
                headTimeout.orElseThrow(),
                bodyTimeout.orElseThrow(),
                minDataRate.orElseThrow(),
                dataRatePeriod.orElseThrow());
    }

    private static Supplier<DatabaseConfig> database(Values values) {
        Optional<Dsn> dsn = values.read(Keys.DSN);
        Optional<Integer> poolMax = values.read(Keys.POOL_MAX);
        Optional<Duration> lifetimeMax = values.read(Keys.LIFETIME_MAX);
        return () -> new DatabaseConfig(dsn.orElseThrow(), poolMax.orElseThrow(), lifetimeMax.orElseThrow());
    }

    private static Supplier<AuthConfig> auth(Values values) {
        var enabled = values.read(Keys.BASIC_ENABLED);
        var users = values.read(Keys.BASIC_USERS);
        return () -> new AuthConfig(enabled.orElseThrow() ? users.orElseThrow() : List.of());
    }

    private static void warn(Config config, Values values) {
        if (!values.ignored().isEmpty()) {
            LOG.warn("ignored keys that this server does not have: {}", String.join(", ", values.ignored()));
        }
        if (config.auth().users().isEmpty()) {
            LOG.warn("auth.basic.users is empty or off: nobody can log in to the admin API");
        }
    }
}
