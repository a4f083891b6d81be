package io.livepatch.server.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.Secret;
import io.livepatch.storage.CacheConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * All options of one unit, validated together. Each is declared once, at a component of its section's record; the document of all keys and
 * the schema for other programs are generated from that. {@link ConfigFile} reads them.
 */
public record UnitConfig(
        @Option("the HTTP server") ServerConfig server,

        @Option("enrolment of machines") MachinesConfig machines,

        @Option("the PostgreSQL database") DatabaseConfig database,

        @Option("authentication of administrators") AuthConfig auth,

        @Option(value = "the store of patches", key = "patch-storage")
        PatchStorageConfig storage,

        @Option(value = "the cache of patches on a local disk", key = "patch-cache")
        PatchCacheConfig cache) {

    /** Section {@code machines}. */
    public record MachinesConfig(
            @Option(
                    value =
                            "how long a machine must not have enrolled or checked in, by the database's clock, before another client"
                                    + " may enrol its id. See"
                                    + " [Who may enrol a machine](security.md#who-may-enrol-a-machine)",
                    byDefault = "24h",
                    min = "1m",
                    max = "8760h",
                    example = "24h")
            Duration takeoverAfter) {}

    /** Section {@code database}. */
    public record DatabaseConfig(
            @Option(
                    live = true,
                    value =
                            "the catalog's database, on one or more hosts; see [Connection strings](#connection-strings)",
                    key = "connection-string",
                    secret = true,
                    expected = Dsn.FORM)
            Dsn dsn,

            @Option(
                    live = true,
                    value = "maximum number of connections",
                    key = "connection-pool-max",
                    byDefault = "10",
                    min = "1",
                    max = "1000")
            int poolMax,

            // HikariCP's minimum is 30 s.
            @Option(
                    live = true,
                    value = "the age at which a connection is replaced",
                    key = "connection-lifetime-max",
                    byDefault = "10m",
                    min = "30s",
                    max = "24h",
                    example = "10m")
            Duration lifetimeMax) {}

    /** Section {@code auth}. */
    public record AuthConfig(
            @Option("password authentication") BasicConfig basic) {
        /** Empty if basic authentication is off. */
        public List<BasicUser> users() {
            return basic.enabled() ? basic.users() : List.of();
        }

        /** Section {@code auth.basic}. */
        public record BasicConfig(
                @Option(value = "whether administrators can log in with a password", byDefault = "true")
                boolean enabled,

                @Option(
                        value =
                                "names and bcrypt hashes of administrators. The lines must be identical on all units: a unit that starts"
                                        + " ends the sessions that were created with other hashes",
                        secret = true,
                        separator = "[,\\n]",
                        expected = "lines of 'htpasswd -nB USER', separated by commas or newlines")
                List<BasicUser> users)
                implements Checked {
            @Override
            public void check(Notes notes) {
                Set<String> names = new HashSet<>();
                users.stream()
                        .map(BasicUser::name)
                        .filter(name -> !names.add(name))
                        .forEach(name ->
                                notes.problem("users", "names user '" + name + "' twice", "keep one of the lines"));
            }
        }

        /**
         * One line of {@code htpasswd -B}.
         *
         * @param bcrypt the hash, {@code $2y$10$…}
         */
        public record BasicUser(String name, Secret bcrypt) {
            private static final Pattern LINE = Pattern.compile(
                    "(?<name>[A-Za-z0-9._@-]{1,64}):(?<hash>\\$2[aby]\\$(?<cost>\\d\\d)\\$[./A-Za-z0-9]{53})");
            /** With a higher cost a log-in uses seconds of CPU time. */
            private static final int COST_MAX = 15;

            static BasicUser parse(String line) {
                Matcher matcher = LINE.matcher(line);
                if (!matcher.matches()) {
                    throw new IllegalArgumentException("is not user:bcrypt-hash");
                }
                int cost = Integer.parseInt(matcher.group("cost"));
                if (cost < 4 || cost > COST_MAX) {
                    throw new IllegalArgumentException("has a bcrypt cost outside 4 to " + COST_MAX);
                }
                return new BasicUser(matcher.group("name"), new Secret(matcher.group("hash")));
            }
        }
    }

    /** Section {@code patch-cache}: patches on a local disk, in front of a store over a network. */
    public record PatchCacheConfig(
            @Option(value = "whether patches are cached; otherwise each download reads the store", byDefault = "true")
            boolean enabled,

            @Option(
                    value =
                            "the cache directory of one unit, shared by its workers. It also stores patches during their upload to a"
                                    + " shared store, even if the cache is off. The charm uses a directory below the unit's directory",
                    byDefault = "/var/lib/livepatch/cache",
                    pattern = PatchStorageConfig.ABSOLUTE,
                    expected = "an absolute path")
            Path path,

            @Option(
                    value = "the maximum total size of cached patches; the least recently used are removed first",
                    byDefault = "1GiB",
                    min = "1MiB",
                    max = "16TiB",
                    example = "1GiB")
            DataSize size,

            @Option(
                    value = "patches that were not requested for this time are removed from the cache",
                    byDefault = "720h",
                    min = "1m",
                    max = "87600h",
                    example = "720h")
            Duration ttl) {
        public PatchCacheConfig {
            path = path.normalize();
        }

        /** Empty if the cache is off. */
        public Optional<CacheConfig> cache() {
            return enabled ? Optional.of(new CacheConfig(path, size.bytes(), ttl)) : Optional.empty();
        }
    }
}
