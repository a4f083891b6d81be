package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.RandomPassword;
import io.livepatch.charm.exec.ServiceLog;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import io.livepatch.common.file.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Executes the steps of a {@link PostgresqlPlan}. Each is idempotent, also after it was executed in part. */
final class PostgresqlExecutor {
    /** A fast shutdown writes a checkpoint, which is slow on a slow disk; a kill before its end costs a recovery. */
    static final Duration STOP_TIMEOUT = Duration.ofSeconds(90);

    /** The first message of the server's check; the last one only says that there are errors. */
    private static final Pattern REFUSAL = Pattern.compile("\\S+ \\S+ \\S+ \\[\\d+] (?:LOG|FATAL): (.*)");

    private final Unit unit;
    private final PostgresqlPaths paths;
    private final InstantSource clock;
    private PostgresqlConf settings;

    PostgresqlExecutor(Unit unit, InstantSource clock) {
        this.unit = unit;
        this.clock = clock;
        this.paths = PostgresqlPaths.of(unit);
        this.settings = PostgresqlConf.running(unit);
    }

    /** Executes the next steps with the target that was observed. */
    ObservedState observe() {
        ObservedState state = ObservedState.of(unit, clock.instant());
        settings = state.settings();
        return state;
    }

    void dropUser(int relation) {
        sql().run(Psql.DROP_USER, Map.of("user", "relation-" + relation));
        unit.secrets().remove(DatabaseRequest.label(relation));
    }

    /** On trial from now on, unless it is the last good configuration. */
    void startServer() {
        Trial trial = Trial.of(unit);
        (PostgresqlConf.lastGood(paths).equals(Optional.of(settings))
                        ? trial.ended()
                        : trial.begun(settings.fingerprint(), clock.instant(), ServiceLog.end(paths.log())))
                .save(unit);
        start(settings.fingerprint());
    }

    void keepAsLastGood() {
        settings.keepAsLastGood(paths);
        Trial.of(unit).ended().save(unit);
    }

    void refuse(String reason) {
        Trial.of(unit)
                .refused(PostgresqlConf.desired(unit).fingerprint(), reason)
                .save(unit);
    }

    void startWithLastConfiguration() {
        start("");
    }

    void startAgain() {
        unit.services().restart(PostgresqlPaths.SERVICE);
    }

    private PostgresInstallation installation() {
        return PostgresInstallation.find(paths)
                .orElseThrow(() -> new CharmException("PostgreSQL is not installed any more"));
    }

    private Psql sql() {
        return new Psql(installation(), paths, settings.port());
    }

    void initialise() {
        // Created in a temporary directory and renamed when complete, so an incomplete cluster is never started.
        FileTrees.delete(paths.unfinished());
        giveToUser(PrivateFile.directory(paths.unfinished(), "rwx------"));
        ExternalProgram.of(
                        installation().program("initdb"),
                        "--pgdata=" + paths.unfinished(),
                        "--username=" + Psql.OPERATOR,
                        "--auth-local=peer",
                        "--auth-host=reject",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--data-checksums")
                .as(paths.user())
                .withTimeout(Duration.ofMinutes(5))
                .runOrThrow();
        try {
            Files.move(paths.unfinished(), paths.data(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot rename '" + paths.unfinished() + "'", e);
        }
    }

    void configure() {
        check();
        writeConfiguration();
    }

    /** Throws if the server refuses the configuration without a start. */
    private void check() {
        Path candidate = paths.data().resolve("postgresql.conf.candidate");
        PrivateFile.write(candidate, settings.configuration(), paths.user());
        ExternalProgram.Output check = ExternalProgram.of(
                        installation().program("postgres"),
                        "-D",
                        paths.data().toString(),
                        "-c",
                        "config_file=" + candidate,
                        "-C",
                        "shared_buffers")
                .as(paths.user())
                .run();
        if (!check.ok()) {
            String reason = ServiceLog.first(check.stderr(), REFUSAL).orElseGet(check::reason);
            if (PostgresqlConf.lastGood(paths).isPresent()) {
                refuse(reason);
            } else if (unit.services().state(PostgresqlPaths.SERVICE).isEmpty() && paths.ranBefore()) {
                // After a restart of the machine the last configuration is started; a cluster that never ran has none.
                startWithLastConfiguration();
            }
            throw new CharmException.Blocked("the configuration is refused, the running one is kept: " + reason);
        }
    }

    void writeConfiguration() {
        PrivateFile.write(paths.access(), settings.access(), paths.user());
        PrivateFile.write(paths.identities(), settings.identities(), paths.user());
        PrivateFile.write(paths.configuration(), settings.configuration(), paths.user());
    }

    private void start(String fingerprint) {
        giveToUser(PrivateFile.directory(paths.sockets(), "rwx------"));
        PrivateFile.directory(paths.directory().resolve("log"), "rwx------");
        unit.services()
                .ensure(ServiceSpec.of(
                                PostgresqlPaths.SERVICE,
                                paths.data(),
                                List.of(
                                        installation().program("postgres"),
                                        "-D",
                                        paths.data().toString()))
                        .environment(Map.of("PGTZ", "UTC"))
                        .log(paths.log())
                        .user(paths.user())
                        .stop("INT", STOP_TIMEOUT)
                        .parentDeathSignal("INT")
                        .restart(ServiceSpec.Restart.never())
                        .ready(ServiceCheck.ready(probe()))
                        .fingerprint(fingerprint)
                        .build());
        unit.openPorts(Set.of(settings.port()));
        unit.setVersion(version());
    }

    /**
     * Over TCP, where the server requests a password, which proves that it accepts connections; pg_isready then disconnects, which
     * the server does not log. Over the socket the server would authenticate the probe's user and log a failure each time.
     */
    private ServiceCheck.Probe probe() {
        return new ServiceCheck.Probe.Command(List.of(
                installation().program("pg_isready"),
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
        // An existing password is kept, so that clients can still connect.
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

    void stop() {
        unit.services().stop(PostgresqlPaths.SERVICE);
    }

    void publish(int id) {
        String version = version();
        for (Relation relation : unit.relations("database")) {
            DatabaseRequest.of(unit).stream()
                    .filter(request -> request.relation() == id && relation.id() == id)
                    .forEach(request -> relation.publishForApplication(request.publication(settings, version)));
        }
    }

    /** The rows of the important tables in all requested databases. */
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
        return ExternalProgram.of(installation().program("postgres"), "--version")
                .runOrThrow()
                .stdout()
                .replaceAll("(?s)^\\D*([0-9.]+).*$", "$1");
    }

    private void giveToUser(Path path) {
        paths.user().ifPresent(user -> PrivateFile.give(path, user));
    }
}
