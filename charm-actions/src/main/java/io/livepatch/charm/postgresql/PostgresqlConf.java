package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Fingerprint;
import io.livepatch.charm.exec.PrivateFile;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where the server listens, and the content of its configuration files.
 *
 * @param configuration postgresql.conf
 * @param access pg_hba.conf
 * @param identities pg_ident.conf
 */
record PostgresqlConf(String address, int port, String configuration, String access, String identities) {
    private static final JsonMapper JSON = new JsonMapper();

    /** As the unit's options want it. */
    static PostgresqlConf desired(Unit unit) {
        PostgresqlPaths paths = PostgresqlPaths.of(unit);
        return of(
                unit.address(),
                unit.config().number("port"),
                unit.config().number("max-connections"),
                unit.config().string("shared-buffers"),
                paths,
                paths.user().orElseGet(() -> System.getProperty("user.name", "")));
    }

    /** What the server was last ready with; empty if it never was, or if the file is damaged. */
    static Optional<PostgresqlConf> lastGood(PostgresqlPaths paths) {
        try {
            return PrivateFile.read(paths.lastGood()).map(text -> JSON.readValue(text, PostgresqlConf.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** What the server runs with: the last good one, or the desired one. */
    static PostgresqlConf running(Unit unit) {
        Optional<String> fingerprint =
                unit.services().state(PostgresqlPaths.SERVICE).map(ServiceState::fingerprint);
        return lastGood(PostgresqlPaths.of(unit))
                .filter(good -> fingerprint.equals(Optional.of(good.fingerprint())))
                .orElseGet(() -> desired(unit));
    }

    boolean listensAs(PostgresqlConf other) {
        return address.equals(other.address) && port == other.port;
    }

    void keepAsLastGood(PostgresqlPaths paths) {
        PrivateFile.write(paths.lastGood(), JSON.writeValueAsString(this));
    }

    static PostgresqlConf of(
            String address, int port, int maxConnections, String sharedBuffers, PostgresqlPaths paths, String osUser) {
        return new PostgresqlConf(
                address,
                port,
                configuration(address, port, maxConnections, sharedBuffers, paths),
                access(address),
                identities(osUser));
    }

    private static String configuration(
            String address, int port, int maxConnections, String sharedBuffers, PostgresqlPaths paths) {
        return """
                # Written by the charm; changes are overwritten.
                listen_addresses = %s
                port = %d
                unix_socket_directories = %s
                unix_socket_permissions = 0700
                max_connections = %d
                shared_buffers = %s
                password_encryption = scram-sha-256
                # Followers can be added without a restart.
                wal_level = replica
                max_wal_senders = 10
                max_replication_slots = 10
                wal_log_hints = on
                # What comes on stderr is written to the unit's log and rotated.
                log_destination = stderr
                logging_collector = off
                log_line_prefix = '%%m [%%p] %%q%%u@%%d '
                log_checkpoints = off
                # A client that cannot write tries again: each failure is a line, without its statement and parameters.
                log_min_error_statement = fatal
                log_parameter_max_length_on_error = 0
                timezone = 'UTC'
                log_timezone = 'UTC'
                """.formatted(
                quoted(address), port, quoted(paths.sockets().toString()), maxConnections, quoted(sharedBuffers));
    }

    /** The server's own user logs in as operator over a socket that no other user can open; all others need a password. */
    private static String access(String address) {
        String network = address.startsWith("127.") ? "127.0.0.0/8" : "samenet";
        return """
                # Written by the charm; changes are overwritten.
                local all %s peer map=unit
                host all all %s scram-sha-256
                host replication all %s scram-sha-256
                """.formatted(Psql.OPERATOR, network, network);
    }

    private static String identities(String osUser) {
        return "unit \"" + osUser + "\" " + Psql.OPERATOR + "\n";
    }

    String fingerprint() {
        return Fingerprint.of(configuration, access, identities);
    }

    /** Why the settings are impossible, without a check by the server. */
    Optional<String> problem(PostgresqlPaths paths) {
        int length = paths.socket(port).toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (length > 107) {
            return Optional.of("the path of the socket '" + paths.socket(port) + "' has " + length
                    + " bytes and may have 107; move the units' directories to a shorter path");
        }
        return Optional.empty();
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\n", " ") + "'";
    }
}
