package io.livepatch.fleet.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.net.ConnectionParameters;
import io.livepatch.fleet.Secret;
import io.livepatch.fleet.ServerUrl;
import io.livepatch.fleet.config.ReplicasConfig.Meeting;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** {@code replicas}: which of how many this is. The environment wins, since replicas share a file. */
record ReplicasSection(Values values, Map<String, String> environment) {
    private static final int MOST = 1000;
    // A StatefulSet's pods are told apart by the ends of their names.
    private static final Pattern INDEX = Pattern.compile("(?:\\S*-)?(?<index>\\d{1,3})");
    private static final Pattern DSN = Pattern.compile(
            "(?<user>postgres(?:ql)?://[^:/@\\s]+)(?::(?<password>\\S+))?(?<place>@[^/@\\s]+/[^/@?\\s]+(?:\\?(?<query>[^@\\s]*))?)");

    static final Key<Integer> COUNT = Readings.whole("count", 1, MOST);
    static final Key<Integer> INDEX_KEY =
            Readings.text("index", "a number from 0, or a name that ends in '-' and one", ReplicasSection::index);
    static final Key<URI> ADDRESS =
            Readings.text("address", "a URL such as http://10.0.0.7:8190", ReplicasSection::url);
    static final String PEERS = "peers";
    static final Key<Matcher> DATABASE =
            Readings.text("database", "postgres://user:password@host:port/database", ReplicasSection::dsn);
    static final Key<String> PASSWORD_FILE =
            Readings.file("database-password-file", "the path of a file with a password", text -> text);
    static final Key<String> RUN = Readings.text("run", "a word of letters, digits, '-' and '_'", ReplicasSection::run);
    static final Key<Duration> LOST_AFTER = Readings.duration("lost-after", Duration.ofSeconds(1), Duration.ofHours(1));
    static final Key<Duration> START_TIMEOUT = Readings.duration("start-timeout", Duration.ZERO, Duration.ofHours(24));
    static final Section REPLICAS = Section.of(
            "replicas",
            List.of(COUNT, INDEX_KEY, ADDRESS, DATABASE, PASSWORD_FILE, RUN, LOST_AFTER, START_TIMEOUT),
            PEERS);

    Optional<ReplicasConfig> read(ApiConfig api) {
        List<URI> peers = values.list(PEERS, node -> url(Readings.scalar(node)));
        int count = setting(COUNT).orElse(Math.max(1, peers.size()));
        int index = setting(INDEX_KEY).orElse(0);
        Optional<URI> address = setting(ADDRESS);
        Meeting meeting = meeting(peers);
        String run = values.get(RUN).orElse(ReplicasConfig.DEFAULT_RUN);
        Duration lost = values.get(LOST_AFTER).orElse(ReplicasConfig.DEFAULT_LOST_AFTER);
        Duration start = values.get(START_TIMEOUT).orElse(ReplicasConfig.DEFAULT_START_TIMEOUT);
        if (!values.isWrong()) {
            check(count, index, address, meeting, api);
        }
        if (values.isWrong()) {
            return Optional.empty();
        }
        Optional<URI> own = meeting instanceof Meeting.Peers them
                ? Optional.of(them.addresses().get(index))
                : address;
        return Optional.of(new ReplicasConfig(count, index, address.or(() -> own), meeting, run, lost, start));
    }

    private void check(int count, int index, Optional<URI> address, Meeting meeting, ApiConfig api) {
        if (index >= count) {
            values.note(
                    INDEX_KEY.name(),
                    "'%d' is none of %d replicas; give a number from 0 to %d".formatted(index, count, count - 1));
        }
        switch (meeting) {
            case Meeting.Alone _
            when count > 1 ->
                values.note(
                        COUNT.name(),
                        "'%d' replicas cannot find each other; give 'peers' or 'database'".formatted(count));
            case Meeting.Peers peers
            when peers.addresses().size() != count ->
                values.note(
                        PEERS,
                        "are %d of %d replicas; give the address of each, in the order of their indices"
                                .formatted(peers.addresses().size(), count));
            case Meeting.Database _
            when address.isEmpty() && api.listen().getAddress().isAnyLocalAddress() ->
                values.note(
                        ADDRESS.name(), "is missing, and 'api.listen' is every address; give " + ADDRESS.expected());
            default -> {}
        }
    }

    private Meeting meeting(List<URI> peers) {
        Optional<Secret> database = database();
        if (values.has(PEERS) && values.has(DATABASE.name())) {
            values.note(PEERS, "are given beside 'database'; keep one of them");
        }
        if (database.isPresent()) {
            return new Meeting.Database(database.get());
        }
        return peers.isEmpty() ? new Meeting.Alone() : new Meeting.Peers(peers);
    }

    private Optional<Secret> database() {
        Optional<Matcher> dsn = values.get(DATABASE);
        Optional<String> file = values.get(PASSWORD_FILE);
        if (values.has(PASSWORD_FILE.name()) && !values.has(DATABASE.name())) {
            values.note(PASSWORD_FILE.name(), "is of no use without 'database'; remove it");
        }
        if (dsn.isEmpty()) {
            return Optional.empty();
        }
        Optional<String> inline = Optional.ofNullable(dsn.get().group("password"));
        if (inline.isPresent() == values.has(PASSWORD_FILE.name())) {
            String how = inline.isPresent() ? "is in 'database-password-file' as well; keep one" : "is missing";
            values.note(DATABASE.name(), "its password %s; give it here or in 'database-password-file'".formatted(how));
        }
        // The form wants reserved letters escaped; what stands in a file is the password as it is.
        Optional<String> password =
                inline.or(() -> file.map(it -> URLEncoder.encode(it, UTF_8).replace("+", "%20")));
        return password.map(
                it -> new Secret(dsn.get().group("user") + ":" + it + dsn.get().group("place")));
    }

    private <T> Optional<T> setting(Key<T> key) {
        String suffix = "_REPLICA_" + key.name().toUpperCase(Locale.ROOT);
        Optional<String> variable = Stream.of("FLEET" + suffix, "MOBU" + suffix)
                .filter(name -> !environment.getOrDefault(name, "").isBlank())
                .findFirst();
        if (variable.isEmpty()) {
            return values.get(key);
        }
        try {
            String text = environment.getOrDefault(variable.get(), "");
            return Optional.of(key.reading().read(new ScalarNode(Tag.STR, text, ScalarStyle.PLAIN)));
        } catch (IllegalArgumentException e) {
            values.note(
                    key.name(),
                    "in the environment, %s: %s; give %s".formatted(variable.get(), e.getMessage(), key.expected()));
            return Optional.empty();
        }
    }

    private static int index(String text) {
        Matcher matcher = INDEX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'%s' is no index".formatted(text));
        }
        return Integer.parseInt(matcher.group("index"));
    }

    private static URI url(String text) {
        return ServerUrl.parse(text, true).base();
    }

    private static Matcher dsn(String text) {
        Matcher matcher = DSN.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("is no address of a PostgreSQL database");
        }
        ConnectionParameters.parse(Optional.ofNullable(matcher.group("query")).orElse(""));
        return matcher;
    }

    private static String run(String text) {
        if (!text.matches("[A-Za-z0-9_-]{1,63}")) {
            throw new IllegalArgumentException("'%s' is no name of a run".formatted(text));
        }
        return text;
    }
}
