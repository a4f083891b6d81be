package io.livepatch.fleet.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.ConfigReader;
import io.livepatch.common.config.KeyStyle;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.Secret;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Target;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of a run, with all defaults filled in.
 *
 * @param flocks that are started with the replicas; their names are unique
 */
public record FleetConfig(Target server, ReplicasConfig replicas, Api api, Report report, List<Flock> flocks) {

    /** Section {@code api}. */
    public record Api(
            @Option(
                    value = "where this replica's API answers; port 0 lets the system choose one",
                    byDefault = "127.0.0.1:8190",
                    expected = "an address such as 127.0.0.1:8190 or :8190")
            InetSocketAddress listen,

            @Option(
                    value = "requests that change anything must have this token",
                    expected = "the path of a file with a token",
                    secret = true)
            Optional<FileContent.Token> tokenFile) {
        /** What callers must know to change anything. */
        public Optional<Secret> token() {
            return tokenFile.map(FileContent.Token::secret);
        }
    }

    /** Section {@code report}: the files to write when a run is over. */
    public record Report(
            @Option(value = "everything that was measured, for programs and for `fleet report`", expected = FILE)
            Optional<Path> json,

            @Option(value = "a test case for each threshold, as build servers read it", expected = FILE)
            Optional<Path> junit,

            @Option(value = "a page with curves, which opens without a network", expected = FILE)
            Optional<Path> html) {
        static final String FILE = "the path of a file";
    }

    /** The options of a file. */
    record Options(
            @Option("the server that the machines talk to") ServerOptions server,

            @Option("the processes that share the load") ReplicasOptions replicas,
            @Option("the API of this replica") Api api,
            @Option("the files to write when a run is over") Report report,

            @Option(value = "the flocks that are started with the replicas", aliases = "autostart", unique = "name")
            List<FlockOptions> flocks)
            implements Checked {
        @Override
        public void check(Notes notes) {
            boolean everywhere = api.listen().getAddress().isAnyLocalAddress();
            if (replicas.database().isPresent()
                    && replicas.address().isEmpty()
                    && everywhere
                    && !notes.hasProblems("replicas")) {
                notes.problem(
                        "replicas.address",
                        "is missing, and 'api.listen' is every address",
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
     * Reads a file. Variables {@code FLEET_REPLICA_COUNT}, {@code FLEET_REPLICA_INDEX} and {@code FLEET_REPLICA_ADDRESS}, or Mobu's
     * {@code MOBU_…}, override it.
     *
     * @param environment of this process
     * @throws io.livepatch.common.config.ConfigException with everything that is wrong with it
     */
    public static FleetConfig read(Path file, Map<String, String> environment) {
        return reader(environment).read(file).value().config();
    }

    /** Reads the text of a file. */
    public static FleetConfig read(String yaml, Map<String, String> environment) {
        return reader(environment).read("configuration", yaml).value().config();
    }

    private static ConfigReader<Options> reader(Map<String, String> environment) {
        return ConfigReader.of(Options.class, KeyStyle.HYPHENS).environment("", environment);
    }
}
