package io.livepatch.server.config;

import io.livepatch.server.config.AuthConfig.BasicUser;
import io.livepatch.storage.StoreType;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text to value, in the spellings that Canonical's charms write: Go's durations, Python's booleans, addresses without a host.
 * Each throws {@link IllegalArgumentException} with a message that completes "the value …" and quotes nothing.
 */
final class Readings {
    private static final Pattern ADDRESS =
            Pattern.compile("(?<host>|[^:\\[\\]\\s]+|\\[[0-9a-fA-F:.]+])?:(?<port>\\d{1,5})");
    private static final Pattern UNIT = Pattern.compile("[a-z][a-z0-9-]{0,50}/\\d{1,9}");
    private static final Pattern GO_DURATION = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ns|us|µs|μs|ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("(?<number>\\d{1,18})\\s*(?<unit>|B|[KMGT](?:iB)?)");
    private static final Pattern USER =
            Pattern.compile("(?<name>[A-Za-z0-9._@-]{1,64}):(?<hash>\\$2[aby]\\$(?<cost>\\d\\d)\\$[./A-Za-z0-9]{53})");
    private static final Pattern ENDPOINT =
            Pattern.compile("(?i:https?://)?([A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]+])(:\\d{1,5})?/?");
    private static final Pattern HOST_AND_PORT = Pattern.compile(
            "[a-z]+://([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}])(:(?<port>\\d{1,5}))?(/.*)?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*/?");
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,512}");
    // Above this a single log-in takes seconds of a core.
    private static final int BCRYPT_COST_MAX = 15;
    private static final int LAST_PORT = 65_535;

    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "μs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private Readings() {}

    static InetSocketAddress address(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        check(matcher.matches(), "is not host:port");
        int port = Integer.parseInt(matcher.group("port"));
        check(port <= LAST_PORT, "has a port above " + LAST_PORT);
        String host = matcher.group("host").isEmpty() ? "0.0.0.0" : matcher.group("host");
        InetSocketAddress address = new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), port);
        check(!address.isUnresolved(), "names a host that cannot be resolved");
        return address;
    }

    static String unit(String text) {
        check(UNIT.matcher(text).matches(), "is not a unit's name");
        return text;
    }

    static String logLevel(String text) {
        String level = text.toLowerCase(Locale.ROOT);
        return switch (level) {
            case "trace", "debug", "info", "warn", "error" -> level;
            case "warning" -> "warn";
            default -> throw new IllegalArgumentException("is not a log level");
        };
    }

    static boolean trueOrFalse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("is neither true nor false");
        };
    }

    static Key.Reading<Integer> integer(int min, int max) {
        return text -> {
            check(text.matches("\\d{1,9}"), "is not a whole number");
            int number = Integer.parseInt(text);
            check(number >= min && number <= max, "is out of range");
            return number;
        };
    }

    static Key.Reading<Duration> duration(Duration min, Duration max) {
        return text -> {
            Duration duration = goDuration(text);
            check(duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0, "is out of range");
            return duration;
        };
    }

    static Key.Reading<Duration> durationOrZero(Duration min, Duration max) {
        Key.Reading<Duration> positive = duration(min, max);
        return text -> goDuration(text).isZero() ? Duration.ZERO : positive.read(text);
    }

    /** Go's {@code time.ParseDuration}, without signs: {@code 1h30m}, {@code 250ms}, {@code 1.5h}, {@code 0}. */
    private static Duration goDuration(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = GO_DURATION.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (matcher.find() && matcher.start() == end) {
            BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(matcher.group(2), 0L));
            nanos = nanos.add(new BigDecimal(matcher.group(1)).multiply(unit));
            end = matcher.end();
        }
        check(end > 0 && end == text.length(), "is not a duration");
        check(nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0, "is out of range");
        return Duration.ofNanos(nanos.longValue());
    }

    static Key.Reading<Long> size(long min, long max) {
        return text -> {
            Matcher matcher = SIZE.matcher(text);
            check(matcher.matches(), "is not a size");
            String unit = matcher.group("unit");
            int shift = unit.isEmpty() || unit.equals("B") ? 0 : 10 * (1 + "KMGT".indexOf(unit.charAt(0)));
            long number = Long.parseLong(matcher.group("number"));
            check(number <= max >> shift && number << shift >= min, "is out of range");
            return number << shift;
        };
    }

    static List<BasicUser> users(String text) {
        Set<String> names = new HashSet<>();
        return Arrays.stream(text.split("[,\\n]"))
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .map(line -> user(line, names))
                .toList();
    }

    private static BasicUser user(String line, Set<String> names) {
        Matcher matcher = USER.matcher(line);
        check(matcher.matches(), "has an entry that is not user:bcrypt-hash");
        int cost = Integer.parseInt(matcher.group("cost"));
        check(cost >= 4 && cost <= BCRYPT_COST_MAX, "has a bcrypt cost outside 4 to " + BCRYPT_COST_MAX);
        check(names.add(matcher.group("name")), "names user '" + matcher.group("name") + "' twice");
        return new BasicUser(matcher.group("name"), new Secret(matcher.group("hash")));
    }

    static List<Cidr> cidrs(String text) {
        return Arrays.stream(text.split("[,\\s]+"))
                .filter(entry -> !entry.isEmpty())
                .map(Cidr::parse)
                .toList();
    }

    static StoreType storageType(String text) {
        check(!text.equals("swift"), "is a kind of storage that this server does not have");
        return StoreType.parse(text).orElseThrow(() -> new IllegalArgumentException("is not a kind of storage"));
    }

    static String endpoint(String text) {
        check(ENDPOINT.matcher(text).matches(), "is not a URL without a path, nor host:port");
        check(
                hasHostAndPort(text.contains("://") ? text : "https://" + text),
                "has no valid host, or a port outside 1 to 65535");
        return text;
    }

    /** Whether what stands between {@code ://} and the next slash is a host, by name or address, and perhaps a port from 1 to 65535. */
    static boolean hasHostAndPort(String url) {
        Matcher matcher = HOST_AND_PORT.matcher(url);
        return matcher.matches()
                && (matcher.group("port") == null
                        || (Integer.parseInt(matcher.group("port")) > 0
                                && Integer.parseInt(matcher.group("port")) <= LAST_PORT));
    }

    /** Amazon's rules for names of buckets, and the longer and upper-case ones that some servers still have. */
    static String bucket(String text) {
        check(BUCKET.matcher(text).matches(), "is not the name of a bucket");
        return text;
    }

    static String prefix(String text) {
        check(PREFIX.matcher(text).matches(), "is not a prefix of letters, digits, '.', '_', '-' and '/'");
        return text.endsWith("/") ? text : text + "/";
    }

    static String word(String text) {
        check(WORD.matcher(text).matches(), "has blanks or control characters in it, or is too long");
        return text;
    }

    static Path absolutePath(String text) {
        try {
            Path path = Path.of(text);
            check(path.isAbsolute(), "is not absolute");
            return path.normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path", e);
        }
    }

    private static void check(boolean condition, String what) {
        if (!condition) {
            throw new IllegalArgumentException(what);
        }
    }
}
