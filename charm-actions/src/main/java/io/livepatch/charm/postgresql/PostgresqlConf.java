package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.Fingerprint;
import java.util.Optional;

/** The content of the server's configuration files. Pure. */
record PostgresqlConf(
        String address, int port, int maxConnections, String sharedBuffers, PostgresqlPaths paths, String osUser) {

    static PostgresqlConf of(Unit unit, PostgresqlPaths paths) {
        return new PostgresqlConf(
                unit.address(),
                unit.config().number("port"),
                unit.config().number("max-connections"),
                unit.config().string("shared-buffers"),
                paths,
                paths.user().orElseGet(() -> System.getProperty("user.name", "")));
    }

    String configuration() {
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
    String access() {
        String network = address.startsWith("127.") ? "127.0.0.0/8" : "samenet";
        return """
                # Written by the charm; changes are overwritten.
                local all %s peer map=unit
                host all all %s scram-sha-256
                host replication all %s scram-sha-256
                """.formatted(Psql.OPERATOR, network, network);
    }

    String identities() {
        return "unit \"" + osUser + "\" " + Psql.OPERATOR + "\n";
    }

    String fingerprint() {
        return Fingerprint.of(configuration(), access(), identities());
    }

    /** Why the settings are impossible, without a check by the server. */
    Optional<String> problem() {
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
