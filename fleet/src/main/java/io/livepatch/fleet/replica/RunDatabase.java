package io.livepatch.fleet.replica;

import io.livepatch.common.net.ConnectionParameters;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** The database of {@link PostgresMembership}. Timeouts are short: a replica that waits for it is soon lost. */
public final class RunDatabase {
    private RunDatabase() {}

    /**
     * Does not connect yet.
     *
     * @param dsn {@code postgres://user:password@host:port/database?sslmode=…}
     * @param lostAfter of the replicas; timeouts are half of it
     * @throws IllegalArgumentException if the DSN is invalid; the message does not quote it, since it holds a password
     */
    public static DataSource at(String dsn, Duration lostAfter) {
        int at = dsn.lastIndexOf('@');
        int user = dsn.indexOf("://") + 3;
        if (!(dsn.startsWith("postgres://") || dsn.startsWith("postgresql://")) || at < user) {
            throw invalid();
        }
        String[] credentials = dsn.substring(user, at).split(":", 2);
        String[] location = dsn.substring(at + 1).split("\\?", 2);
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            URI uri = URI.create("postgresql://" + location[0]);
            if (uri.getHost() == null || uri.getPath().length() < 2 || credentials.length != 2) {
                throw invalid();
            }
            source.setUrl("jdbc:" + uri);
            source.setUser(decode(credentials[0]));
            source.setPassword(decode(credentials[1]));
        } catch (IllegalArgumentException e) {
            // Without the cause, whose message quotes the DSN.
            throw invalid();
        }
        source.setApplicationName("fleet");
        int timeout = (int) Math.max(1, lostAfter.dividedBy(2).toSeconds());
        source.setConnectTimeout(timeout);
        source.setLoginTimeout(timeout);
        source.setSocketTimeout(timeout);
        source.setTcpKeepAlive(true);
        set(source, "requireAuth", ConnectionParameters.AUTHENTICATION);
        ConnectionParameters.parse(location.length == 1 ? "" : location[1])
                .forEach((name, value) -> set(source, name, value));
        return source;
    }

    private static void set(PGSimpleDataSource source, String name, String value) {
        try {
            source.setProperty(name, value);
        } catch (SQLException e) {
            throw new IllegalArgumentException("the driver rejects parameter '" + name + "' of replicas.database", e);
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException invalid() {
        return new IllegalArgumentException(
                "replicas.database must have the form postgres://user:password@host:port/database");
    }
}
