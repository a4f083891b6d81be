package io.livepatch.charm.postgresql;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Statements through psql, as the operator, over the server's own socket. Values are psql variables, quoted by psql. */
final class Psql {
    static final String OPERATOR = "operator";
    static final String OPERATOR_SECRET = "operator-password";

    /** Keeps statements with passwords out of the server's log, even failed ones. */
    private static final String SILENCE = """
            SET log_min_error_statement = panic;
            SET log_statement = none;
            SET log_min_duration_statement = -1;
            SET client_min_messages = warning;
            """;

    static final String OPERATOR_PASSWORD = """
            ALTER ROLE operator PASSWORD :'password';
            """;

    /**
     * A role of its own owns the database and its content, and each user of the database acts as that role. So objects outlive the
     * user of a removed relation.
     */
    static final String DATABASE = """
            SELECT format('CREATE ROLE %I NOLOGIN', :'owner')
              WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \\gexec
            SELECT format('CREATE DATABASE %I OWNER %I ENCODING UTF8 TEMPLATE template0', :'database', :'owner')
              WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
            REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
            SELECT format('CREATE ROLE %I', :'user')
              WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \\gexec
            ALTER ROLE :"user" LOGIN PASSWORD :'password';
            GRANT :"owner" TO :"user";
            ALTER ROLE :"user" IN DATABASE :"database" SET role TO :"owner";
            """;

    static final String DROP_USER = """
            SELECT format('ALTER ROLE %I NOLOGIN', rolname) FROM pg_roles WHERE rolname = :'user' \\gexec
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :'user' \\g /dev/null
            SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname = :'user' \\gexec
            """;

    /** A line for each important table of the live-patch server: its name, a space, and its rows. */
    static final String COUNT = """
            \\connect :"database"
            SELECT format('SELECT %L || '' '' || count(*) FROM %I', name, name) FROM unnest(ARRAY['patches', 'machines']) name
              WHERE to_regclass(name) IS NOT NULL \\gexec
            """;

    private final PostgresInstallation installation;
    private final PostgresqlPaths paths;
    private final int port;

    Psql(PostgresInstallation installation, PostgresqlPaths paths, int port) {
        this.installation = installation;
        this.paths = paths;
        this.port = port;
    }

    /** Attributes are keywords: {@link DatabaseRequest} accepts known ones only. */
    static String attributes(List<String> roles) {
        return "ALTER ROLE :\"user\" " + String.join(" ", roles)
                + ";\nALTER ROLE :\"user\" IN DATABASE :\"database\" RESET role;\n";
    }

    String run(String statements, Map<String, String> variables) {
        StringBuilder script = new StringBuilder("\\set ON_ERROR_STOP on\n");
        new TreeMap<>(variables)
                .forEach((name, value) -> script.append("\\set ")
                        .append(name)
                        .append(' ')
                        .append(quoted(value))
                        .append('\n'));
        script.append(SILENCE).append(statements);
        return ExternalProgram.of(
                        installation.program("psql"),
                        "--no-psqlrc",
                        "--no-align",
                        "--tuples-only",
                        "--quiet",
                        "--host=" + paths.sockets(),
                        "--port=" + port,
                        "--username=" + OPERATOR,
                        "--dbname=postgres",
                        "--file=-")
                .withInput(script.toString())
                .withTimeout(Duration.ofSeconds(30))
                .as(paths.user())
                .runOrThrow()
                .stdout()
                .strip();
    }

    /** Quoted for psql's meta-commands. */
    static String quoted(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'";
    }
}
