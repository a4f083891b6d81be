package io.livepatch.common.net;

import io.livepatch.common.config.DidYouMean;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * The parameters of a connection string, the part after the question mark, translated into properties of the driver (pgjdbc). Names are
 * libpq's (PostgreSQL manual, 34.1.2) or the driver's. A parameter that is unknown or that the driver does not support is an error: it
 * is not dropped, because it may be the one that requires encryption. Pure.
 */
public final class ConnectionParameters {
    /** A name that does not match may be a part of a password, so messages do not quote it. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,40}");

    /** libpq's parameters that have another name in the driver. */
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
            Map.entry("requiressl", "sslmode"),
            Map.entry("sslnegotiation", "sslNegotiation"),
            Map.entry("target_session_attrs", "targetServerType"));

    /** The values of these parameters that have other names in the driver, too; other values are unknown. */
    private static final Map<String, Map<String, String>> TRANSLATED = Map.of(
            "keepalives",
            Map.of("0", "false", "1", "true"),
            "load_balance_hosts",
            Map.of("disable", "false", "random", "true"),
            "requiressl",
            Map.of("0", "prefer", "1", "require"),
            "target_session_attrs",
            Map.of(
                    "any", "any",
                    "primary", "primary",
                    "read-write", "primary",
                    "standby", "secondary",
                    "read-only", "secondary",
                    "prefer-standby", "preferSecondary"));

    /** The argument of {@link KeepaliveSocketFactory} for each time, and its maximum in Linux. */
    private static final Map<String, Integer> KEEPALIVES =
            Map.of("keepalives_idle", 32_767, "keepalives_interval", 32_767, "keepalives_count", 127);

    /** Values of libpq-only parameters that match the driver's behaviour; they are accepted and not passed to the driver. */
    private static final Map<String, String> WITHOUT_EFFECT = Map.ofEntries(
            Map.entry("client_encoding", "(?i)auto|utf-?8"),
            Map.entry("gssdelegation", "0"),
            Map.entry("max_protocol_version", "3\\.[02]|latest"),
            Map.entry("min_protocol_version", "3\\.0"),
            Map.entry("replication", "(?i)false|off|no|0"),
            // It concerns Unix sockets, and the host of a connection string is always a TCP host.
            Map.entry("requirepeer", ".*"),
            Map.entry("ssl_max_protocol_version", "|TLSv1\\.3"),
            Map.entry("ssl_min_protocol_version", "TLSv1\\.2"),
            Map.entry("sslcertmode", "allow"),
            Map.entry("sslcompression", "0"),
            Map.entry("sslsni", "1"),
            Map.entry("tcp_user_timeout", "0"));

    private static final String PASSWORD = "write the password before the '@'";
    private static final String OAUTH = "it cannot log in with OAuth; write a password before the '@'";
    /**
     * The driver's {@code requireAuth} unless the connection string has one. A server proves with SCRAM that it knows the password, and
     * does not learn it. Without the parameter the driver sends the password in clear to any server that asks for it, so also to a process
     * that listens at the address of a database that is down.
     */
    public static final String AUTHENTICATION = "scram-sha-256";

    private static final String SERVICE = "write what the service holds into the connection string";
    private static final String REVOKED =
            "it reads no list of revoked certificates; -Dcom.sun.net.ssl.checkRevocation=true has Java ask their authority";
    private static final String VERSIONS =
            "Java speaks TLS 1.2 and 1.3; -Djdk.tls.client.protocols=TLSv1.3 (or TLSv1.2) has it speak one of them";
    private static final String PROTOCOL = "it speaks protocol 3.0 alone; leave it out";

    /** The alternative to a parameter that the driver does not support, or whose other values it does not support. */
    private static final Map<String, String> INSTEAD = Map.ofEntries(
            Map.entry("client_encoding", "it speaks UTF8 alone, which every database can translate; leave it out"),
            Map.entry("gssdelegation", "it passes no credentials on; leave it out"),
            Map.entry("max_protocol_version", PROTOCOL),
            Map.entry("min_protocol_version", PROTOCOL),
            Map.entry("oauth_client_id", OAUTH),
            Map.entry("oauth_client_secret", OAUTH),
            Map.entry("oauth_issuer", OAUTH),
            Map.entry("oauth_scope", OAUTH),
            Map.entry("passfile", PASSWORD),
            Map.entry("replication", "statements are run over the connection; leave it out"),
            Map.entry("requirepeer", "leave it out"),
            Map.entry("scram_client_key", PASSWORD),
            Map.entry("scram_server_key", PASSWORD),
            Map.entry("service", SERVICE),
            Map.entry("servicefile", SERVICE),
            Map.entry("ssl_max_protocol_version", VERSIONS),
            Map.entry("ssl_min_protocol_version", VERSIONS),
            Map.entry("sslcertmode", "it sends the certificate of sslcert when the server asks for one; leave it out"),
            Map.entry("sslcompression", "it compresses nothing, which is insecure; leave it out"),
            Map.entry("sslcrl", REVOKED),
            Map.entry("sslcrldir", REVOKED),
            Map.entry("sslkeylogfile", "it writes no keys of connections to a file; leave it out"),
            Map.entry("sslsni", "it tells the server the name of the host in any case; leave it out"),
            Map.entry("tcp_user_timeout", "use socketTimeout, the seconds to wait for an answer"));

    private static final Set<String> BEFORE_THE_QUESTION_MARK =
            Set.of("PGDBNAME", "PGHOST", "PGPORT", "dbname", "host", "hostaddr", "password", "port", "user");

    private static final Map<String, PGProperty> OF_DRIVER = ofDriver();
    private static final Set<String> KNOWN = known();

    private final Map<String, String> properties = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();

    private ConnectionParameters() {}

    private static Map<String, PGProperty> ofDriver() {
        Map<String, PGProperty> properties = new TreeMap<>();
        for (PGProperty property : PGProperty.values()) {
            if (!BEFORE_THE_QUESTION_MARK.contains(property.getName()) && !INSTEAD.containsKey(property.getName())) {
                properties.put(property.getName(), property);
            }
        }
        return properties;
    }

    private static Set<String> known() {
        Set<String> names = new TreeSet<>(OF_DRIVER.keySet());
        names.addAll(RENAMED.keySet());
        names.addAll(KEEPALIVES.keySet());
        names.addAll(INSTEAD.keySet());
        return names;
    }

    /**
     * Reads a query such as {@code sslmode=require&connect_timeout=5}.
     *
     * @return the driver's properties
     * @throws IllegalArgumentException with all problems, in a message that completes "the value …"; quotes names and no values
     */
    public static Map<String, String> parse(String query) {
        ConnectionParameters parameters = new ConnectionParameters();
        Map<String, String> given = new TreeMap<>();
        for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            parameters.split(pair, given);
        }
        given.forEach(parameters::add);
        parameters.combine(given);
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
            // The cause is omitted, because its message quotes the value.
            problems.add("has a parameter that is not percent-encoded");
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private void add(String name, String value) {
        PGProperty property = OF_DRIVER.get(RENAMED.getOrDefault(name, name));
        String instead = INSTEAD.get(name);
        Integer largest = KEEPALIVES.get(name);
        if (instead != null) {
            String harmless = WITHOUT_EFFECT.get(name);
            check(
                    harmless != null && value.matches(harmless),
                    name,
                    "the driver (pgjdbc) has no counterpart of: " + instead);
        } else if (largest != null) {
            check(
                    value.matches("\\d{1,5}") && Integer.parseInt(value) <= largest,
                    name,
                    "is not a whole number from 0 to " + largest);
        } else if (property != null) {
            value(name, property, value);
        } else if (BEFORE_THE_QUESTION_MARK.contains(name)) {
            problems.add("has the parameter '" + name + "', which belongs before the '?'");
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
            // Only requireAuth accepts several values.
            Stream<String> all =
                    property == PGProperty.REQUIRE_AUTH ? Arrays.stream(value.split(",", -1)) : Stream.of(value);
            check(
                    all.allMatch(choices.get()::contains),
                    name,
                    "is not known"
                            + didYouMean(value, choices.get())
                                    .orElse("; it takes "
                                            + choices.get().stream().sorted().collect(Collectors.joining(", "))));
        } else if (standard.matches("-?\\d+")) {
            boolean signed = standard.startsWith("-");
            boolean negative = signed || name.equals("connect_timeout");
            check(value.matches((negative ? "-?" : "") + "\\d{1,9}"), name, "is not a whole number");
            own = signed || !value.startsWith("-") ? value : "0";
        }
        check(
                property != PGProperty.SSL_ROOT_CERT || !value.equals("system"),
                name,
                "the driver does not know; name a PEM file, such as /etc/ssl/certs/ca-certificates.crt");
        if (!name.equals("fallback_application_name") || !properties.containsKey(property.getName())) {
            properties.put(property.getName(), own);
        }
    }

    /** Applies the rules that concern several parameters. */
    private void combine(Map<String, String> given) {
        besides(given, "requiressl", "sslmode");
        // libpq then compares the server's certificate with the root certificate; the driver would not.
        if ("require".equals(properties.get("sslmode")) && properties.containsKey("sslrootcert")) {
            properties.put("sslmode", "verify-ca");
        }
        KEEPALIVES.keySet().stream().sorted().forEach(name -> besides(given, name, "socketFactory"));
        String times = KEEPALIVES.keySet().stream()
                .sorted()
                // 0 is the system's default.
                .filter(name -> !given.getOrDefault(name, "0").matches("0+"))
                .map(name -> name.substring("keepalives_".length()) + "=" + given.get(name))
                .collect(Collectors.joining(","));
        if (!times.isEmpty()) {
            properties.putIfAbsent("tcpKeepAlive", "true");
            properties.put("socketFactory", KeepaliveSocketFactory.class.getName());
            properties.put("socketFactoryArg", times);
        }
    }

    private void besides(Map<String, String> given, String name, String other) {
        if (given.containsKey(name) && given.containsKey(other)) {
            problems.add("has the parameter '" + name + "' besides '" + other + "'; keep one");
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
        return DidYouMean.similar(word, candidates)
                .or(() -> DidYouMean.similar(word.toLowerCase(Locale.ROOT), candidates))
                .map(similar -> ", did you mean '" + similar + "'?");
    }
}
