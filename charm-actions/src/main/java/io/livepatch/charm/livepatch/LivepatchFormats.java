package io.livepatch.charm.livepatch;

import static java.util.Map.entry;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmOption;
import io.livepatch.charm.api.ValueFormat;
import io.livepatch.charm.exec.PortProbe;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.GoDuration;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The format of each option of the livepatch charm. Most options are keys of the server: their types and ranges come from the
 * schema that the server's build exports, so an option that {@code config.yaml} gets needs no code here. Declared here are the
 * charm's own options and the texts whose form the schema does not have. A host name is never resolved.
 */
final class LivepatchFormats {
    private static final String SCHEMA = "/charms/livepatch/livepatch-server-options.yaml";
    private static final Pattern EXAMPLE = Pattern.compile("(?<before>.*?),? such as (?<example>[^,]+)(?<after>.*)");
    private static final String WORDS = "one of ";
    private static final String FILENAME = "{filename}";
    private static final Pattern URL_TEMPLATE = Pattern.compile("https?://[^\\s/?#]+/[^\\s#]*");
    private static final Pattern ENDPOINT =
            Pattern.compile("(?i:https?://)?([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]+])(:\\d{1,5})?/?");
    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "[a-z]+://([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}])(:(?<port>\\d{1,5}))?(/.*)?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern USER =
            Pattern.compile("[A-Za-z0-9._@-]{1,64}:\\$2[aby]\\$(0[4-9]|1[0-5])\\$[./A-Za-z0-9]{53}");
    private static final Pattern DSN =
            Pattern.compile("postgres(ql)?://[^:@/]+:.*@(?<hosts>[^/@\\s]+)/[^?\\s]+(\\?\\S*)?");

    private static final Map<String, ValueFormat> DECLARED = Map.ofEntries(
            entry(WorkerSettings.COUNT, ValueFormat.number(1, WorkerSettings.MAX)),
            entry(WorkerSettings.MODE, ValueFormat.word(List.of(WorkerSettings.SHARED_PORT, WorkerSettings.PROXY))),
            entry(
                    LivepatchYaml.ADDRESS,
                    ValueFormat.of(
                            "address:port or :port, with an IP address and a port from " + PortProbe.lowestPort()
                                    + " to " + ValueFormat.MAX_PORT,
                            ":8080",
                            text -> LivepatchYaml.Listen.parse(text, "127.0.0.1")
                                    .filter(listen -> listen.port() >= PortProbe.lowestPort())
                                    .isPresent())),
            entry(
                    "server.url-template",
                    ValueFormat.of(
                                    "an http or https URL with " + FILENAME + " in it once",
                                    "https://livepatch.example.com/v1/patches/" + FILENAME,
                                    LivepatchFormats::urlTemplate)
                            .orUnset()),
            entry(
                    LivepatchYaml.TRUSTED_PROXIES,
                    ValueFormat.of(
                                    "IP addresses and networks, separated by commas",
                                    "10.0.0.0/8",
                                    text -> Arrays.stream(text.split("[,\\s]+")).allMatch(LivepatchFormats::network))
                            .orUnset()),
            entry(
                    // The server reads "warning" as "warn"; its schema lists the levels alone.
                    "server.log-level",
                    ValueFormat.anyCase("trace", "debug", "info", "warn", "error", "warning")
                            .orUnset()),
            entry(
                    "auth.basic.users",
                    ValueFormat.of(
                                    "lines of 'htpasswd -nB USER' with a cost from 4 to 15, separated by commas",
                                    "what 'htpasswd -nB kim' prints",
                                    LivepatchFormats::users)
                            .orUnset()),
            entry(
                    PatchStorage.DSN,
                    ValueFormat.of(
                                    "postgres://user:password@host:port/database",
                                    "postgres://patches:PASSWORD@127.0.0.1:5432/patches",
                                    LivepatchFormats::connectionString)
                            .orUnset()),
            entry(
                    "patch-storage.s3-endpoint",
                    ValueFormat.of(
                                    "a URL without a path, or host:port",
                                    "https://s3.example.com:9000",
                                    text -> ENDPOINT.matcher(text).matches()
                                            && hasHostAndPort(text.contains("://") ? text : "https://" + text))
                            .orUnset()));

    private static final Set<String> LIVE_KEYS = readLiveKeys();

    private LivepatchFormats() {}

    static CharmMetadata addTo(CharmMetadata metadata) {
        JsonNode schema = schema();
        return metadata.withFormats(metadata.options().values().stream()
                .filter(option -> !option.name().equals(CharmConfig.REMOVAL_TIMEOUT))
                .collect(Collectors.toMap(CharmOption::name, option -> format(option, schema.path(option.name())))));
    }

    /** The keys whose values a running server reads again at SIGHUP. */
    static Set<String> liveKeys() {
        return LIVE_KEYS;
    }

    private static Set<String> readLiveKeys() {
        Set<String> keys = new TreeSet<>();
        schema().forEachEntry((key, entry) -> {
            if (entry.path("live").asBoolean(false)) {
                keys.add(key);
            }
        });
        return Set.copyOf(keys);
    }

    private static ValueFormat format(CharmOption option, JsonNode entry) {
        ValueFormat declared = DECLARED.get(option.name());
        return declared != null ? declared : fromSchema(option, entry);
    }

    private static JsonNode schema() {
        try (InputStream in = LivepatchFormats.class.getResourceAsStream(SCHEMA)) {
            return new YAMLMapper().readTree(Objects.requireNonNull(in, "'" + SCHEMA + "' is not on the class path"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read '" + SCHEMA + "'", e);
        }
    }

    /**
     * The format of a key of the server.
     *
     * @throws IllegalArgumentException if the server has no such key, or one of another type
     */
    private static ValueFormat fromSchema(CharmOption option, JsonNode entry) {
        String type = entry.path("type").asString("");
        CharmOption.Type expected = switch (type) {
            case "integer" -> CharmOption.Type.INT;
            case "boolean" -> CharmOption.Type.BOOLEAN;
            default -> CharmOption.Type.STRING;
        };
        if (type.isEmpty() || option.type() != expected) {
            throw new IllegalArgumentException("option '" + option.name() + "' of type " + option.type()
                    + " is no key of the server, or has type '" + type + "' there");
        }
        return switch (type) {
            case "integer" ->
                ValueFormat.number(
                        Long.parseLong(entry.path("min").asString("0")),
                        Long.parseLong(entry.path("max").asString(String.valueOf(Long.MAX_VALUE))));
            case "boolean" -> ValueFormat.flag();
            case "duration" -> described(entry, range(entry, LivepatchFormats::duration));
            case "size" -> described(entry, range(entry, DataSize::parse));
            default ->
                entry.path("expected").asString("").startsWith(WORDS)
                        ? ValueFormat.anyCase(entry.path("expected")
                                        .asString()
                                        .substring(WORDS.length())
                                        .split(", "))
                                .orUnset()
                        : described(entry, text(entry, type.equals("path")));
        };
    }

    /** A format with the words and the example of the schema. */
    private static ValueFormat described(JsonNode entry, Predicate<String> takes) {
        String expected = entry.path("expected").asString("");
        Matcher matcher = EXAMPLE.matcher(expected);
        return (matcher.matches()
                        ? ValueFormat.of(
                                matcher.group("before") + matcher.group("after"), matcher.group("example"), takes)
                        : ValueFormat.of(expected, entry.path("default").asString(""), takes))
                .orUnset();
    }

    /** The bounds are parsed here, so that a malformed schema is an error and not a format that refuses every value. */
    private static <T extends Comparable<T>> Predicate<String> range(JsonNode entry, Function<String, T> parse) {
        Optional<T> min = entry.optional("min").map(JsonNode::asString).map(parse);
        Optional<T> max = entry.optional("max").map(JsonNode::asString).map(parse);
        Optional<T> zero = entry.has("zero") ? Optional.of(parse.apply("0")) : Optional.empty();
        return text -> {
            try {
                T value = parse.apply(text);
                return zero.filter(value::equals).isPresent()
                        || (min.filter(it -> value.compareTo(it) < 0).isEmpty()
                                && max.filter(it -> value.compareTo(it) > 0).isEmpty());
            } catch (IllegalArgumentException e) {
                return false;
            }
        };
    }

    /** The server reads a 0 without a unit as well. */
    private static Duration duration(String text) {
        return text.equals("0") ? Duration.ZERO : GoDuration.parse(text);
    }

    private static Predicate<String> text(JsonNode entry, boolean path) {
        Pattern pattern = Pattern.compile(entry.path("pattern").asString("(?s).*"));
        return text -> pattern.matcher(text).matches() && (!path || isPath(text));
    }

    private static boolean isPath(String text) {
        try {
            return Path.of(text).isAbsolute();
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static boolean urlTemplate(String text) {
        return URL_TEMPLATE.matcher(text).matches()
                && text.contains(FILENAME)
                && text.indexOf(FILENAME) == text.lastIndexOf(FILENAME)
                && hasHostAndPort(text.replace(FILENAME, "filename"));
    }

    /** Whether a host, by name or address, follows {@code ://}, and perhaps a port from 1 to 65535. */
    private static boolean hasHostAndPort(String url) {
        Matcher matcher = HOST_AND_PORT.matcher(url);
        return matcher.matches()
                && (matcher.group("port") == null
                        || (Integer.parseInt(matcher.group("port")) > 0
                                && Integer.parseInt(matcher.group("port")) <= ValueFormat.MAX_PORT));
    }

    /** The server checks the parameters after the question mark. */
    private static boolean connectionString(String text) {
        Matcher matcher = DSN.matcher(text);
        return matcher.matches()
                && Arrays.stream(matcher.group("hosts").split(",", -1))
                        .allMatch(host -> hasHostAndPort("postgres://" + host));
    }

    private static boolean users(String text) {
        List<String> lines = Arrays.stream(text.split("[,\\n]"))
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        long names =
                lines.stream().map(line -> line.split(":", 2)[0]).distinct().count();
        return lines.stream().allMatch(line -> USER.matcher(line).matches()) && names == lines.size();
    }

    /** Whether this is an IP address, or a network in CIDR notation. */
    static boolean network(String text) {
        int slash = text.indexOf('/');
        String prefix = slash < 0 ? "0" : text.substring(slash + 1);
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            return prefix.matches("\\d{1,3}") && Integer.parseInt(prefix) <= address.getAddress().length * Byte.SIZE;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
