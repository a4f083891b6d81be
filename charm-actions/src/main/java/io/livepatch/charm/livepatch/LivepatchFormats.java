package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ValueFormat;
import io.livepatch.charm.exec.PortProbe;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The format of each option of the livepatch charm. Most options are keys of the server, and their formats are the server's: a test of
 * the whole stack has the server read their bounds. What the server would read, but only with a host name to resolve, is refused here.
 */
final class LivepatchFormats {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ns|us|µs|μs|ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*(|B|[KMGT](?:iB)?)");
    private static final Pattern URL_TEMPLATE = Pattern.compile("https?://[^\\s/?#]+/[^\\s#]*");
    private static final String FILENAME = "{filename}";
    private static final Pattern ENDPOINT =
            Pattern.compile("(?i:https?://)?([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]+])(:\\d{1,5})?/?");
    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "[a-z]+://([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}])(:(?<port>\\d{1,5}))?(/.*)?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/?");
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,512}");
    private static final Pattern USER =
            Pattern.compile("[A-Za-z0-9._@-]{1,64}:\\$2[aby]\\$(0[4-9]|1[0-5])\\$[./A-Za-z0-9]{53}");
    private static final Pattern DSN =
            Pattern.compile("postgres(ql)?://[^:@/]+:.*@(?<hosts>[^/@\\s]+)/[^?\\s]+(\\?\\S*)?");

    private static final Map<String, BigDecimal> NANOS = Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.valueOf(1_000),
            "µs", BigDecimal.valueOf(1_000),
            "μs", BigDecimal.valueOf(1_000),
            "ms", BigDecimal.valueOf(1_000_000),
            "s", BigDecimal.valueOf(1_000_000_000L),
            "m", BigDecimal.valueOf(60_000_000_000L),
            "h", BigDecimal.valueOf(3_600_000_000_000L));

    private LivepatchFormats() {}

    static Map<String, ValueFormat> all() {
        Map<String, ValueFormat> all = new TreeMap<>(addresses());
        all.putAll(limits());
        all.putAll(store());
        all.putAll(s3());
        all.put(WorkerSettings.COUNT, ValueFormat.number(1, WorkerSettings.MOST));
        all.put(WorkerSettings.MODE, ValueFormat.word(List.of(WorkerSettings.SHARED_PORT, WorkerSettings.PROXY)));
        all.put("database.connection-pool-max", ValueFormat.number(1, 1000));
        all.put("database.connection-lifetime-max", duration("30s", "24h"));
        all.put("auth.basic.enabled", ValueFormat.flag());
        all.put(
                "auth.basic.users",
                ValueFormat.of(
                                "lines of 'htpasswd -nB USER' with a cost from 4 to 15, separated by commas",
                                "what 'htpasswd -nB kim' prints",
                                LivepatchFormats::users)
                        .orUnset());
        return all;
    }

    /** Where the server listens, what it tells machines, and which peers it trusts. */
    private static Map<String, ValueFormat> addresses() {
        Map<String, ValueFormat> all = new TreeMap<>();
        all.put(
                LivepatchYaml.ADDRESS,
                ValueFormat.of(
                        "address:port or :port, with an IP address and a port from " + PortProbe.lowestPort() + " to "
                                + ValueFormat.LAST_PORT,
                        ":8080",
                        text -> LivepatchYaml.Listen.parse(text, "127.0.0.1")
                                .filter(listen -> listen.port() >= PortProbe.lowestPort())
                                .isPresent()));
        all.put(
                "server.url-template",
                ValueFormat.of(
                                "an http or https URL with " + FILENAME + " in it once",
                                "https://livepatch.example.com/v1/patches/" + FILENAME,
                                text -> URL_TEMPLATE.matcher(text).matches()
                                        && text.contains(FILENAME)
                                        && text.indexOf(FILENAME) == text.lastIndexOf(FILENAME)
                                        && hasHostAndPort(text.replace(FILENAME, "filename")))
                        .orUnset());
        all.put(
                LivepatchYaml.TRUSTED_PROXIES,
                ValueFormat.of(
                                "IP addresses and networks, separated by commas",
                                "10.0.0.0/8",
                                text -> Arrays.stream(text.split("[,\\s]+")).allMatch(LivepatchFormats::network))
                        .orUnset());
        return all;
    }

    /** How much the server does at once, and for how long. */
    private static Map<String, ValueFormat> limits() {
        ValueFormat connections = ValueFormat.number(1, 1_000_000);
        ValueFormat requests = ValueFormat.number(1, 100_000);
        Map<String, ValueFormat> all = new TreeMap<>();
        all.put(
                "server.log-level",
                ValueFormat.anyCase("trace", "debug", "info", "warn", "error", "warning")
                        .orUnset());
        all.put("server.drain", duration("0s", "10m"));
        all.put("server.concurrency-limit", requests);
        all.put("server.burst-limit", ValueFormat.number(0, 100_000));
        all.put("server.connection-limit", connections);
        all.put("server.source-connection-limit", connections);
        all.put("server.download-limit", requests);
        all.put("server.upload-limit", ValueFormat.number(1, 32));
        all.put("server.idle-timeout", duration("1s", "1h"));
        all.put("server.head-timeout", duration("100ms", "5m"));
        all.put("server.body-timeout", duration("100ms", "5m"));
        all.put("server.min-data-rate", size("0", "1GiB"));
        all.put("server.data-rate-period", duration("1s", "10m"));
        all.put("server.url-ttl", duration("10s", "168h"));
        all.put("server.signing-key-age", orNever(duration("1h", "8760h")));
        all.put("server.change-wait", duration("0s", "20s"));
        all.put("machines.takeover-after", duration("1m", "8760h"));
        all.put("server.redirect-downloads", ValueFormat.flag());
        all.put("server.max-patch-size", size("1KiB", "16GiB"));
        all.put("server.min-free-space", size("0", "1TiB"));
        return all;
    }

    private static Map<String, ValueFormat> store() {
        ValueFormat path = ValueFormat.of("an absolute path", "/var/lib/livepatch/patches", LivepatchFormats::absolute)
                .orUnset();
        Map<String, ValueFormat> all = new TreeMap<>();
        all.put(
                PatchStorage.TYPE,
                ValueFormat.anyCase(PatchStorage.TYPES.toArray(String[]::new)).orUnset());
        all.put("patch-storage.filesystem-path", path);
        all.put(
                PatchStorage.DSN,
                ValueFormat.of(
                                "postgres://user:password@host:port/database",
                                "postgres://patches:PASSWORD@127.0.0.1:5432/patches",
                                LivepatchFormats::connectionString)
                        .orUnset());
        all.put("patch-storage.scrub-interval", orNever(duration("1m", "8760h")));
        all.put("patch-storage.scrub-rate", size("1KiB", "1GiB"));
        all.put("patch-cache.enabled", ValueFormat.flag());
        all.put("patch-cache.path", path);
        all.put("patch-storage.s3-ca-file", path);
        all.put("patch-cache.size", size("1MiB", "16TiB"));
        all.put("patch-cache.ttl", duration("1m", "87600h"));
        return all;
    }

    private static Map<String, ValueFormat> s3() {
        ValueFormat key = ValueFormat.matching(WORD, "up to 512 visible ASCII characters", "AKIA…")
                .orUnset();
        Map<String, ValueFormat> all = new TreeMap<>();
        all.put(
                "patch-storage.s3-endpoint",
                ValueFormat.of(
                                "a URL without a path, or host:port",
                                "https://s3.example.com:9000",
                                text -> ENDPOINT.matcher(text).matches()
                                        && hasHostAndPort(text.contains("://") ? text : "https://" + text))
                        .orUnset());
        all.put(
                "patch-storage.s3-region",
                ValueFormat.matching(WORD, "a region", "us-east-1").orUnset());
        all.put(
                PatchStorage.BUCKET,
                ValueFormat.matching(
                                BUCKET, "the name of a bucket: 3 to 255 letters, digits, '.', '_' and '-'", "patches")
                        .orUnset());
        all.put(
                "patch-storage.s3-prefix",
                ValueFormat.matching(
                                PREFIX,
                                "names of letters, digits, '.', '_' and '-' with '/' between them",
                                "livepatch/")
                        .orUnset());
        all.put("patch-storage.s3-secure", ValueFormat.flag());
        all.put("patch-storage.s3-path-style", ValueFormat.flag());
        all.put(PatchStorage.ACCESS_KEY, key);
        all.put(PatchStorage.SECRET_KEY, key);
        return all;
    }

    /** A duration as Go writes it. An empty value is the server's own default. */
    static ValueFormat duration(String least, String most) {
        BigDecimal low = nanos(least).orElseThrow();
        BigDecimal high = nanos(most).orElseThrow();
        return ValueFormat.of(
                        "a duration from " + least + " to " + most,
                        least,
                        text -> nanos(text)
                                .filter(it -> it.compareTo(low) >= 0 && it.compareTo(high) <= 0)
                                .isPresent())
                .orUnset();
    }

    private static ValueFormat orNever(ValueFormat duration) {
        Predicate<String> never =
                text -> nanos(text).filter(it -> it.signum() == 0).isPresent();
        return ValueFormat.of(duration.allowed() + ", or 0 for never", duration.example(), never.or(duration.takes()))
                .orUnset();
    }

    private static Optional<BigDecimal> nanos(String text) {
        if (text.equals("0")) {
            return Optional.of(BigDecimal.ZERO);
        }
        Matcher matcher = DURATION.matcher(text);
        BigDecimal sum = BigDecimal.ZERO;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            sum = sum.add(
                    new BigDecimal(matcher.group(1)).multiply(NANOS.getOrDefault(matcher.group(2), BigDecimal.ZERO)));
            end = matcher.end();
        }
        return end > 0 && end == text.length() ? Optional.of(sum) : Optional.empty();
    }

    /** A size in bytes, or in KiB, MiB, GiB or TiB. An empty value is the server's own default. */
    static ValueFormat size(String least, String most) {
        BigInteger low = bytes(least).orElseThrow();
        BigInteger high = bytes(most).orElseThrow();
        return ValueFormat.of(
                        "a size from " + least + " to " + most,
                        least,
                        text -> bytes(text)
                                .filter(it -> it.compareTo(low) >= 0 && it.compareTo(high) <= 0)
                                .isPresent())
                .orUnset();
    }

    /** The bytes of a size as the server reads it; empty when it is none. */
    static Optional<BigInteger> bytes(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String unit = matcher.group(2);
        int shift = unit.isEmpty() || unit.equals("B") ? 0 : 10 * (1 + "KMGT".indexOf(unit.charAt(0)));
        return Optional.of(new BigInteger(matcher.group(1)).shiftLeft(shift));
    }

    /** Whether what stands between {@code ://} and the next slash is a host, by name or address, and perhaps a port from 1 to 65535. */
    private static boolean hasHostAndPort(String url) {
        Matcher matcher = HOST_AND_PORT.matcher(url);
        return matcher.matches()
                && (matcher.group("port") == null
                        || (Integer.parseInt(matcher.group("port")) > 0
                                && Integer.parseInt(matcher.group("port")) <= ValueFormat.LAST_PORT));
    }

    /** The server reads the parameters after the question mark, and refuses those that it does not know. */
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

    private static boolean network(String text) {
        int slash = text.indexOf('/');
        String prefix = slash < 0 ? "0" : text.substring(slash + 1);
        try {
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            return prefix.matches("\\d{1,3}") && Integer.parseInt(prefix) <= address.getAddress().length * Byte.SIZE;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean absolute(String text) {
        try {
            return Path.of(text).isAbsolute();
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
