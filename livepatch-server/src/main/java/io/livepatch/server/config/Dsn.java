package io.livepatch.server.config;

import io.livepatch.common.config.Secret;
import io.livepatch.common.net.ConnectionParameters;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A connection string of PostgreSQL in libpq's URI form: {@code postgres://user:password@host:port[,host2:port2]/database?key=value}
 * (PostgreSQL manual, 34.1.1.2). {@link #toString} masks the password.
 *
 * @param hosts one or more {@code host:port}; several are tried in order until one is the primary
 * @param parameters the query, as properties of the driver; may contain a password
 */
public record Dsn(String user, Secret password, List<String> hosts, String database, Map<String, String> parameters) {
    /** The form, for messages. */
    static final String FORM = "postgres://user:password@host:port/database";

    public Dsn {
        hosts = List.copyOf(hosts);
        parameters = Map.copyOf(new TreeMap<>(parameters));
    }

    /**
     * Reads the URI form.
     *
     * @throws IllegalArgumentException if it is malformed or a parameter is unknown; the message continues "the value …" and does not
     *     quote it, since it contains a password
     */
    public static Dsn parse(String text) {
        int scheme = text.indexOf("://");
        int at = text.lastIndexOf('@');
        int slash = at < 0 ? -1 : text.indexOf('/', at);
        boolean postgres = text.startsWith("postgres://") || text.startsWith("postgresql://");
        if (!postgres || at < 0 || slash < 0) {
            throw invalid();
        }
        String[] credentials = text.substring(scheme + 3, at).split(":", 2);
        String[] path = text.substring(slash + 1).split("\\?", 2);
        if (credentials.length != 2 || path[0].isEmpty()) {
            throw invalid();
        }
        List<String> hosts = Arrays.stream(text.substring(at + 1, slash).split(",", -1))
                .map(Dsn::withPort)
                .toList();
        return new Dsn(
                decode(credentials[0]),
                new Secret(decode(credentials[1])),
                hosts,
                decode(path[0]),
                path.length == 1 ? Map.of() : ConnectionParameters.parse(path[1]));
    }

    private static String withPort(String host) {
        String url = "postgres://" + host;
        if (!UrlTemplate.hasHostAndPort(url)) {
            throw invalid();
        }
        return host.matches(".*:\\d+") ? host : host + ":5432";
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // Not as the cause: its message quotes the value.
            throw invalid();
        }
    }

    private static IllegalArgumentException invalid() {
        return new IllegalArgumentException("is not of the form " + FORM);
    }

    @Override
    public String toString() {
        return "postgres://" + user + ":***@" + String.join(",", hosts) + "/" + database;
    }
}
