package io.livepatch.fleet.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.ConfigPrinter;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.Secret;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of a run, including defaults.
 *
 * @param flocks that start with the replicas; their names are unique
 */
public record FleetConfig(Target server, Replicas replicas, Api api, Report report, List<Flock> flocks) {

    /**
     * Section {@code replicas}: the index of this process among all replicas, and their discovery.
     *
     * @param index from 0
     * @param address of this replica's API for the other replicas; without it, {@code api.listen}
     * @param run separates runs that share a database
     * @param lostAfter a replica that is silent for so long is lost
     * @param startTimeout for all replicas to join; then those that have joined start
     */
    public record Replicas(
            int count,
            int index,
            Optional<URI> address,
            Discovery discovery,
            String run,
            Duration lostAfter,
            Duration startTimeout) {}

    /** The way in which replicas find each other. */
    public sealed interface Discovery {
        /** A single replica. */
        record Single() implements Discovery {}

        /** A static list of API addresses, in the order of the indices. */
        record Peers(List<URI> addresses) implements Discovery {
            public Peers {
                addresses = List.copyOf(addresses);
            }
        }

        /**
         * A PostgreSQL database.
         *
         * @param dsn {@code postgres://user:password@host:port/database}
         */
        record Database(Secret dsn) implements Discovery {}
    }

    /** Section {@code api}. */
    public record Api(
            @Option(
                    value = "the address of this replica's API; port 0 lets the system choose one",
                    byDefault = "127.0.0.1:8190",
                    expected = "an address such as 127.0.0.1:8190 or :8190")
            InetSocketAddress listen,

            @Option(
                    value = "the token that is required for changes",
                    expected = "the path of a file with a token",
                    secret = true)
            Optional<FileValue.Token> tokenFile) {
        public Optional<Secret> token() {
            return tokenFile.map(FileValue.Token::secret);
        }
    }

    /** Section {@code report}: the files to write after a run. */
    public record Report(
            @Option(value = "all measurements, for programs and for `fleet report`", expected = FILE)
            Optional<Path> json,

            @Option(value = "a test case for each threshold, for build servers", expected = FILE)
            Optional<Path> junit,

            @Option(value = "an HTML page with charts that needs no network", expected = FILE)
            Optional<Path> html) {
        static final String FILE = "the path of a file";
    }

    /** The options of a configuration file. */
    record Options(
            @Option("the server under test") TargetOptions server,

            @Option("the processes that share the load") ReplicasOptions replicas,
            @Option("the API of this replica") Api api,
            @Option("the files to write after a run") Report report,

            @Option(value = "the flocks that start with the replicas", aliases = "autostart", unique = "name")
            List<FlockOptions> flocks)
            implements Checked {
        @Override
        public void check(Notes notes) {
            boolean wildcard = api.listen().getAddress().isAnyLocalAddress();
            if (replicas.database().isPresent()
                    && replicas.address().isEmpty()
                    && wildcard
                    && !notes.hasProblems("replicas")) {
                notes.problem(
                        "replicas.address",
                        "is missing, and 'api.listen' is a wildcard address",
                        "give " + ReplicasOptions.URL);
            }
        }

        private FleetConfig config() {
            return new FleetConfig(
                    server.target(),
                    replicas.config(),
                    api,
                    report,
                    flocks.stream().map(FlockOptions::flock).toList());
        }
    }

    public FleetConfig {
        flocks = List.copyOf(flocks);
    }

    /**
     * Reads a file. The variables {@code FLEET_REPLICA_COUNT}, {@code FLEET_REPLICA_INDEX} and {@code FLEET_REPLICA_ADDRESS}, or Mobu's
     * {@code MOBU_…}, override it.
     *
     * @throws io.livepatch.common.config.ConfigException with all problems
     */
    public static FleetConfig read(Path file, Map<String, String> environment) {
        return reader(environment).read(file).value().config();
    }

    public static FleetConfig read(String yaml, Map<String, String> environment) {
        return reader(environment).read("configuration", yaml).value().config();
    }

    private static ConfigReader<Options> reader(Map<String, String> environment) {
        return ConfigReader.of(Options.class, KeyStyle.HYPHENS).environment("", environment);
    }

    /**
     * Reads one flock from YAML or JSON, in the form of an entry of {@code flocks}.
     *
     * @throws io.livepatch.common.config.ConfigException with all problems
     */
    public static Flock readFlock(String text) {
        return ConfigReader.of(FlockOptions.class, KeyStyle.HYPHENS)
                .read("flock", text)
                .value()
                .flock();
    }

    /** Converts a flock to strings, numbers, lists and maps. As YAML or JSON, {@link #readFlock} reads the same flock. */
    public static Map<String, Object> flockTree(Flock flock) {
        return ConfigPrinter.tree(FlockOptions.of(flock), KeyStyle.HYPHENS);
    }
}
