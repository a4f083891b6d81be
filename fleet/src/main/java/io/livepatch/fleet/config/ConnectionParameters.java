package io.livepatch.fleet.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The parameters of a connection string, the part after the question mark, translated into properties of the driver (pgjdbc). Names are
 * libpq's (PostgreSQL manual, 34.1.2) or the driver's own. A parameter that is unknown, or that the driver has no counterpart of, is
 * an error and not dropped: it may be the one that asks for encryption. Pure. The server has its own copy, since the fleet
 * shares no code with it.
 */
public final class ConnectionParameters {
    /** A name of another form may be a part of a password, and is not quoted. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,40}");

    /** libpq's parameters that the driver names otherwise. */
    private static final Map<String, String> RENAMED = Map.ofEntries(
            Map.entry("application_name", "ApplicationName"),
            Map.entry("fallback_application_name", "ApplicationName"),
            Map.entry("channel_binding", "channelBinding"),
            Map.entry("connect_timeout", "connectTimeout"),
            Map.entry("gssencmode", "gssEncMode"),
            Map.entry("keepalives", "tcpKeepAlive"),
            Map.entry("krbsrvname", "kerberosServerName"),
            Map.entry("load_balance_hosts", "loadBalanceHosts"),
            Map.entry("require_auth", "requireAuth"),
            Map.entry("sslnegotiation", "sslNegotiation"),
            Map.entry("target_session_attrs", "targetServerType"));

    /** Their values where those have other names, too: no others are known. */
    private static final Map<String, Map<String, String>> TRANSLATED = Map.of(
            "keepalives",
            Map.of("0", "false", "1", "true"),
            "load_balance_hosts",
            Map.of("disable", "false", "random", "true"),
            "target_session_attrs",
            Map.of(
                    "any", "any",
                    "primary", "primary",
                    "read-write", "primary",
                    "standby", "secondary",
                    "read-only", "secondary",
                    "prefer-standby", "preferSecondary"));

    private static final Set<String> WITHOUT_COUNTERPART = Set.of(
            "gssdelegation",
            "keepalives_count",
            "keepalives_idle",
            "keepalives_interval",
            "passfile",
            "replication",
            "requirepeer",
            "requiressl",
            "service",
            "ssl_max_protocol_version",
            "ssl_min_protocol_version",
            "sslcertmode",
            "sslcompression",
            "sslcrl",
            "sslcrldir",
            "sslsni",
            "tcp_user_timeout");
    private static final Set<String> BEFORE_THE_QUESTION_MARK =
            Set.of("PGDBNAME", "PGHOST", "PGPORT", "dbname", "host", "hostaddr", "password", "port", "user");
    private static final String ENCODING = "client_encoding";

    private static final Map<String, PGProperty> OF_DRIVER = ofDriver();
    private static final Set<String> KNOWN = known();

    private final Map<String, String> properties = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();

    private ConnectionParameters() {}

    private static Map<String, PGProperty> ofDriver() {
        Map<String, PGProperty> properties = new TreeMap<>();
        for (PGProperty property : PGProperty.values()) {
            if (!BEFORE_THE_QUESTION_MARK.contains(property.getName())
                    && !WITHOUT_COUNTERPART.contains(property.getName())) {
                properties.put(property.getName(), property);
            }
        }
        return properties;
    }

    private static Set<String> known() {
        Set<String> names = new TreeSet<>(OF_DRIVER.keySet());
        names.addAll(RENAMED.keySet());
        names.add(ENCODING);
        return names;
    }

    /**
     * Reads a query such as {@code sslmode=require&connect_timeout=5}.
     *
     * @return the driver's properties
     * @throws IllegalArgumentException with all that is wrong, in words that complete "the value …"; quotes names and no values
     */
    public static Map<String, String> parse(String query) {
        ConnectionParameters parameters = new ConnectionParameters();
        Map<String, String> given = new TreeMap<>();
        for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            parameters.split(pair, given);
        }
        given.forEach(parameters::add);
        if (!parameters.problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", parameters.problems));
        }
        return parameters.properties;
    }

    private void split(String pair, Map<String, String> given) {
        String[] parts = pair.split("=", 2);
        try {
            String name = decode(parts[0]);
            if (!NAME.matcher(name).matches()) {
                problems.add("has a parameter whose name is not 1 to 40 letters, digits, '_', '.' or '-'");
            } else if (parts.length == 1) {
                problems.add("has the parameter '" + name + "' without '='");
            } else if (given.put(name, decode(parts[1])) != null) {
                problems.add("has the parameter '" + name + "' twice");
            }
        } catch (IllegalArgumentException e) {
            // Its message quotes what it could not decode.
            problems.add("has a parameter that is not percent-encoded");
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private void add(String name, String value) {
        PGProperty property = OF_DRIVER.get(RENAMED.getOrDefault(name, name));
        if (name.equals(ENCODING)) {
            // The driver always speaks UTF8.
            check(Set.of("UTF8", "UTF-8", "AUTO").contains(value.toUpperCase(Locale.ROOT)), name, "is not UTF8");
        } else if (property != null) {
            value(name, property, value);
        } else if (BEFORE_THE_QUESTION_MARK.contains(name)) {
            problems.add("has the parameter '" + name + "', which belongs before the '?'");
        } else if (WITHOUT_COUNTERPART.contains(name)) {
            problems.add("has the parameter '" + name + "', which the driver (pgjdbc) has no counterpart of");
        } else {
            problems.add("has the unknown parameter '" + name + "'"
                    + didYouMean(name, KNOWN).orElse(""));
        }
    }

    private void value(String name, PGProperty property, String value) {
        Map<String, String> translated = TRANSLATED.get(name);
        String own = translated == null ? value : translated.getOrDefault(value, "");
        String standard = String.valueOf(property.getDefaultValue());
        Optional<List<String>> choices =
                translated == null ? choices(property, standard) : Optional.of(List.copyOf(translated.keySet()));
        if (choices.isPresent()) {
            // Only requireAuth takes more than one.
            Stream<String> all =
                    property == PGProperty.REQUIRE_AUTH ? Arrays.stream(value.split(",", -1)) : Stream.of(value);
            check(
                    all.allMatch(choices.get()::contains),
                    name,
                    "is not known"
                            + didYouMean(value, choices.get())
                                    .orElse("; it takes " + String.join(", ", choices.get())));
        } else if (standard.matches("-?\\d+")) {
            boolean signed = standard.startsWith("-");
            check(value.matches((signed ? "-?" : "") + "\\d{1,9}"), name, "is not a whole number");
        }
        check(
                property != PGProperty.SSL_ROOT_CERT || !value.equals("system"),
                name,
                "the driver does not know, name a PEM file");
        if (!name.equals("fallback_application_name") || !properties.containsKey(property.getName())) {
            properties.put(property.getName(), own);
        }
    }

    private static Optional<List<String>> choices(PGProperty property, String standard) {
        @Nullable String[] choices = property.getChoices();
        if (choices != null) {
            return Optional.of(Arrays.stream(choices).map(String::valueOf).toList());
        }
        boolean flag = standard.equals("true") || standard.equals("false") || property == PGProperty.SSL;
        return flag ? Optional.of(List.of("true", "false")) : Optional.empty();
    }

    private void check(boolean right, String name, String what) {
        if (!right) {
            problems.add("has a value for '" + name + "' that " + what);
        }
    }

    private static Optional<String> didYouMean(String word, Collection<String> candidates) {
        return Similar.to(word, candidates)
                .or(() -> Similar.to(word.toLowerCase(Locale.ROOT), candidates))
                .map(similar -> ", did you mean '" + similar + "'?");
    }
}
