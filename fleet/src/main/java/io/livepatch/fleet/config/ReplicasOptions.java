package io.livepatch.fleet.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.OptionGroup;
import io.livepatch.common.config.Secret;
import io.livepatch.common.net.ConnectionParameters;
import io.livepatch.fleet.config.FleetConfig.Discovery;
import io.livepatch.fleet.protocol.ServerAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Section {@code replicas}. The environment overrides it, since replicas share a file. */
@OptionGroup(
        rule = OptionGroup.Rule.AT_MOST_ONE,
        keys = {"database", "peers"})
record ReplicasOptions(
        @Option(
                value = "the number of replicas; without it, that of `peers`",
                min = "1",
                max = "1000",
                variables = {"FLEET_REPLICA_COUNT", "MOBU_REPLICA_COUNT"})
        Optional<Integer> count,

        @Option(
                value = "the index of this replica",
                byDefault = "0",
                expected = "a number from 0, or a name that ends in '-' and one",
                variables = {"FLEET_REPLICA_INDEX", "MOBU_REPLICA_INDEX"})
        Index index,

        @Option(
                value = "the URL of this replica for the others; without it, its entry in `peers`, or `api.listen`",
                expected = URL,
                variables = {"FLEET_REPLICA_ADDRESS", "MOBU_REPLICA_ADDRESS"})
        Optional<PeerUrl> address,

        @Option(
                value = "the APIs of all replicas, in the order of their indices",
                expected = "a list of URLs such as http://10.0.0.7:8190")
        List<PeerUrl> peers,

        @Option(
                value = "the PostgreSQL in which the replicas find each other, instead of `peers`",
                expected = "postgres://user:password@host:port/database",
                secret = true)
        Optional<Dsn> database,

        @Option(
                value = "the password of `database`, if it does not hold one",
                expected = "the path of a file with a password",
                secret = true)
        Optional<FileValue.Password> databasePasswordFile,

        @Option(
                value = "the name of the run; several runs may share a database",
                byDefault = "fleet",
                pattern = "[A-Za-z0-9_-]{1,63}",
                expected = "a word of letters, digits, '-' and '_'")
        String run,

        @Option(
                value = "a replica that sends no message for this time is lost, and the others take over its share",
                byDefault = "5s",
                min = "1s",
                max = "1h",
                example = "5m30s")
        Duration lostAfter,

        @Option(
                value = "how long to wait for all replicas to join before the others start",
                byDefault = "1m",
                min = "0s",
                max = "24h",
                example = "5m30s")
        Duration startTimeout)
        implements Checked {
    static final String URL = "a URL such as http://10.0.0.7:8190";

    record Index(int number) {
        // The name of a StatefulSet's pod ends in its index.
        private static final Pattern FORM = Pattern.compile("(?:\\S*-)?(?<index>\\d{1,3})");

        static Index parse(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("is not an index");
            }
            return new Index(Integer.parseInt(matcher.group("index")));
        }

        @Override
        public String toString() {
            return String.valueOf(number);
        }
    }

    record PeerUrl(URI uri) {
        static PeerUrl parse(String text) {
            return new PeerUrl(ServerAddress.parse(text, true).base());
        }
    }

    /** The URL of a database, in parts around the optional password. */
    record Dsn(String userPart, Optional<String> password, String rest) {
        private static final Pattern FORM = Pattern.compile(
                "(?<userPart>postgres(?:ql)?://[^:/@\\s]+)(?::(?<password>\\S+))?(?<rest>@[^/@\\s]+/[^/@?\\s]+(?:\\?(?<query>[^@\\s]*))?)");

        static Dsn parse(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("is not the URL of a PostgreSQL database");
            }
            ConnectionParameters.parse(
                    Optional.ofNullable(matcher.group("query")).orElse(""));
            return new Dsn(
                    matcher.group("userPart"), Optional.ofNullable(matcher.group("password")), matcher.group("rest"));
        }

        private Secret withPassword(String otherPassword) {
            return new Secret(userPart + ":" + password.orElse(otherPassword) + rest);
        }

        @Override
        public String toString() {
            return "***";
        }
    }

    @Override
    public void check(Notes notes) {
        boolean passwordFile = notes.given("database-password-file");
        if (passwordFile && !notes.given("database")) {
            notes.problem("database-password-file", "has no effect without 'database'", "remove it");
        }
        if (database.isPresent() && database.get().password().isPresent() == passwordFile) {
            notes.problem(
                    "database",
                    "its password is " + (passwordFile ? "in 'database-password-file' as well" : "missing"),
                    passwordFile ? "keep one" : "give it here or in 'database-password-file'");
        }
        if (notes.hasProblems("")) {
            return;
        }
        int replicas = replicas();
        if (index.number() >= replicas) {
            notes.problem(
                    "index",
                    "'%s' is not below the number of replicas, %d".formatted(index, replicas),
                    "give a number from 0 to " + (replicas - 1));
        }
        if (!peers.isEmpty() && peers.size() != replicas) {
            notes.problem(
                    "peers",
                    "has %d entries for %d replicas".formatted(peers.size(), replicas),
                    "give the address of each, in the order of their indices");
        } else if (peers.isEmpty() && database.isEmpty() && replicas > 1) {
            notes.problem(
                    "count", "'%d' replicas cannot find each other".formatted(replicas), "give 'peers' or 'database'");
        }
    }

    private int replicas() {
        return count.orElse(Math.max(1, peers.size()));
    }

    FleetConfig.Replicas config() {
        List<URI> addresses = peers.stream().map(PeerUrl::uri).toList();
        Optional<URI> own = addresses.isEmpty() ? Optional.empty() : Optional.of(addresses.get(index.number()));
        return new FleetConfig.Replicas(
                replicas(),
                index.number(),
                address.map(PeerUrl::uri).or(() -> own),
                discovery(addresses),
                run,
                lostAfter,
                startTimeout);
    }

    private Discovery discovery(List<URI> addresses) {
        if (database.isEmpty()) {
            return addresses.isEmpty() ? new Discovery.Single() : new Discovery.Peers(addresses);
        }
        // A URL escapes reserved characters; a file has the plain password.
        String password = databasePasswordFile
                .map(file -> URLEncoder.encode(file.secret().reveal(), UTF_8).replace("+", "%20"))
                .orElse("");
        return new Discovery.Database(database.get().withPassword(password));
    }
}
