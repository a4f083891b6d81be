package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.Unit.Secrets;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.RandomPassword;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Executes the steps of a {@link PostgresqlPlan}. Each is idempotent, also after it was executed in part. */
final class PostgresqlExecutor {
    /** A fast shutdown writes a checkpoint; on a slow disk that takes its time, and to cut it short costs a recovery. */
    private static final Duration STOP = Duration.ofSeconds(90);

    private final Unit unit;
    private final PostgresqlPaths unitPaths;
    private final PostgresqlConf settings;

    PostgresqlExecutor(Unit unit) {
        this.unit = unit;
        this.unitPaths = PostgresqlPaths.of(unit);
        this.settings = PostgresqlConf.of(unit, unitPaths);
    }

    void dropUser(int relation) {
        sql().run(Psql.DROP_USER, Map.of("user", "relation-" + relation));
        unit.secrets().remove(DatabaseRequest.label(relation));
    }

    void startServer() {
        start(settings.fingerprint());
    }

    void startWithLastConfiguration() {
        start("");
    }

    private PostgresInstallation binaries() {
        return PostgresInstallation.find(unitPaths)
                .orElseThrow(() -> new CharmException("PostgreSQL is no longer installed"));
    }

    private Psql sql() {
        return new Psql(binaries(), settings);
    }

    void initialise() {
        // Made beside and renamed when whole: a cluster that was cut off in the making is thrown away, never started.
        FileTrees.delete(unitPaths.unfinished());
        own(PrivateFile.directory(unitPaths.unfinished(), "rwx------"));
        ExternalProgram.of(
                        binaries().program("initdb"),
                        "--pgdata=" + unitPaths.unfinished(),
                        "--username=" + Psql.OPERATOR,
                        "--auth-local=peer",
                        "--auth-host=reject",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--data-checksums")
                .as(unitPaths.user())
                .withTimeout(Duration.ofMinutes(5))
                .runOrThrow();
        try {
            Files.move(unitPaths.unfinished(), unitPaths.data(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot rename '" + unitPaths.unfinished() + "'", e);
        }
    }

    void configure() {
        Path candidate = unitPaths.data().resolve("postgresql.conf.candidate");
        PrivateFile.write(candidate, settings.configuration(), unitPaths.user());
        ExternalProgram.Output check = ExternalProgram.of(
                        binaries().program("postgres"),
                        "-D",
                        unitPaths.data().toString(),
                        "-c",
                        "config_file=" + candidate,
                        "-C",
                        "shared_buffers")
                .as(unitPaths.user())
                .run();
        if (!check.ok()) {
            // After a restart of the machine the last good configuration runs again; a cluster that never ran has none.
            if (unit.services().state(PostgresqlPaths.SERVICE).isEmpty() && unitPaths.ranBefore()) {
                startWithLastConfiguration();
            }
            throw new CharmException.Blocked(
                    "the configuration is refused, what runs keeps running: " + check.reason());
        }
        PrivateFile.write(unitPaths.access(), settings.access(), unitPaths.user());
        PrivateFile.write(unitPaths.identities(), settings.identities(), unitPaths.user());
        PrivateFile.write(unitPaths.configuration(), settings.configuration(), unitPaths.user());
    }

    private void start(String fingerprint) {
        own(PrivateFile.directory(unitPaths.sockets(), "rwx------"));
        PrivateFile.directory(unitPaths.directory().resolve("log"), "rwx------");
        unit.services()
                .ensure(new ServiceSpec(
                        PostgresqlPaths.SERVICE,
                        List.of(
                                binaries().program("postgres"),
                                "-D",
                                unitPaths.data().toString()),
                        Map.of("PGTZ", "UTC"),
                        unitPaths.data(),
                        unitPaths.log(),
                        unitPaths.user(),
                        new ServiceSpec.Stop("INT", STOP),
                        "INT",
                        Optional.of(probe()),
                        Optional.empty(),
                        Optional.empty(),
                        fingerprint));
        unit.openPorts(Set.of(settings.port()));
        unit.setVersion(version());
    }

    /**
     * Over TCP, where every user has to give a password: the server asks for it, which proves that it accepts connections, and
     * pg_isready goes away, which the server does not log. Over the socket it would authenticate the probe's own user, and log a
     * failure every time.
     */
    private ServiceSpec.Ready probe() {
        return new ServiceSpec.Ready.Command(List.of(
                binaries().program("pg_isready"),
                "--quiet",
                "--timeout=2",
                "--host=" + settings.address(),
                "--port=" + settings.port(),
                "--username=" + Psql.OPERATOR,
                "--dbname=dbname=postgres passfile=/dev/null/none"));
    }

    void setOperatorPassword() {
        String password = RandomPassword.random();
        sql().run(Psql.OPERATOR_PASSWORD, Map.of("password", password));
        unit.secrets().put(Psql.OPERATOR_SECRET, Map.of("username", Psql.OPERATOR, "password", password));
    }

    void createDatabase(DatabaseRequest request) {
        String user = request.user();
        String label = DatabaseRequest.label(request.relation());
        // The same password again where there is one: a client that has read it keeps its connections.
        String password = unit.secrets()
                .find(label)
                .flatMap(secret -> Optional.ofNullable(secret.content().get("password")))
                .orElseGet(RandomPassword::random);
        Map<String, String> variables = new TreeMap<>();
        variables.put("database", request.database());
        variables.put("owner", request.database() + "_owner");
        variables.put("user", user);
        variables.put("password", password);
        sql().run(
                        request.roles().isEmpty() ? Psql.DATABASE : Psql.DATABASE + Psql.attributes(request.roles()),
                        variables);
        String uri = "postgresql://" + user + ":" + password + "@" + DatabaseRequest.endpoint(settings) + "/"
                + request.database();
        String secret = unit.secrets()
                .put(label, Map.of("username", user, "password", password, "uris", uri, "read-only-uris", uri));
        unit.secrets().grant(secret, request.relation());
    }

    void publish(int id) {
        String version = version();
        String secret = unit.secrets()
                .find(DatabaseRequest.label(id))
                .map(Secrets.Owned::id)
                .orElseThrow(() -> new CharmException("relation " + id + " has no credentials yet"));
        for (Relation relation : unit.relations("database")) {
            DatabaseRequest.of(unit).stream()
                    .filter(request -> request.relation() == id && relation.id() == id)
                    .forEach(request -> relation.publishForApplication(request.publication(settings, version, secret)));
        }
    }

    /** The rows of the tables that an operator would miss, in all databases that relations asked for. */
    Map<String, Long> count() {
        Map<String, Long> counts = new TreeMap<>();
        DatabaseRequest.of(unit).stream()
                .filter(request -> request.secret().isPresent())
                .map(DatabaseRequest::database)
                .distinct()
                .flatMap(database ->
                        sql().run(Psql.COUNT, Map.of("database", database)).lines())
                .map(line -> line.split(" ", 2))
                .forEach(pair -> counts.merge(pair[0], Long.valueOf(pair[1]), Long::sum));
        return counts;
    }

    /** {@code 15.20}, of {@code postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)}. */
    private String version() {
        return ExternalProgram.of(binaries().program("postgres"), "--version")
                .runOrThrow()
                .stdout()
                .replaceAll("(?s)^\\D*([0-9.]+).*$", "$1");
    }

    private void own(Path path) {
        unitPaths.user().ifPresent(user -> PrivateFile.give(path, user));
    }
}
