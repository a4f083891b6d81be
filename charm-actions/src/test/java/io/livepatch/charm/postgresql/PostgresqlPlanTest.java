package io.livepatch.charm.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import io.livepatch.charm.postgresql.PostgresqlPaths.PostgresInstallation;
import io.livepatch.charm.testing.SingleProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresqlPlanTest {
    private static final PostgresqlConf SETTINGS = PostgresqlConf.of(
            "127.0.10.1",
            5432,
            100,
            "64MB",
            new PostgresqlPaths(Path.of("/var/lib/u"), Optional.of("postgres")),
            "postgres");
    private static final Instant NOW = Instant.parse("2026-11-30T07:12:03Z");
    private static final DatabaseRequest REQUEST =
            new DatabaseRequest(1, "livepatch", List.of(), true, Optional.empty(), Map.of(), Map.of());

    private static Optional<String> refused = Optional.empty();
    private static Verdict verdict = new Verdict.Pending();
    private static Optional<Trial.Report> report = Optional.empty();

    @AfterEach
    void forget() {
        verdict = new Verdict.Pending();
        report = Optional.empty();
        refused = Optional.empty();
    }

    private static ObservedState state(
            boolean initialised, Optional<ServiceState> service, List<DatabaseRequest> requests) {
        return new ObservedState(
                NOW,
                true,
                SETTINGS,
                Optional.of(new PostgresInstallation(Path.of("/usr/lib/postgresql/15/bin"), 15)),
                initialised,
                initialised,
                initialised,
                initialised,
                service,
                verdict,
                report,
                refused,
                Optional.empty(),
                false,
                requests,
                List.of());
    }

    private static Optional<ServiceState> service(ServiceState.Phase phase, String fingerprint) {
        return Optional.of(SingleProcess.state("postgresql", phase, fingerprint, Optional.of("exit code 1")));
    }

    private static List<String> steps(Plan<PostgresqlExecutor> plan) {
        return plan.steps().stream().map(Plan.Step::text).toList();
    }

    @Test
    void refusedOptionsKeepTheRunningServerAndStartThePreviousConfiguration() {
        refused = Optional.of("port is 80 and may be from 1024 to 65535, such as 5432");

        Plan<PostgresqlExecutor> running = PostgresqlPlan.of(state(true, starting(Optional.empty()), List.of(REQUEST)));
        assertThat(running.steps()).isEmpty();
        assertThat(running.status())
                .isEqualTo(UnitStatus.blocked(
                        "port is 80 and may be from 1024 to 65535, such as 5432; the running server is kept"));
        assertThat(steps(PostgresqlPlan.of(state(true, Optional.empty(), List.of(REQUEST)))))
                .containsExactly("start PostgreSQL with its last configuration");
        assertThat(PostgresqlPlan.of(state(false, Optional.empty(), List.of())).steps())
                .isEmpty();
    }

    @Test
    void aRefusedConfigurationIsReplacedByTheLastGoodOneAndDatabasesAreServedWithIt() {
        verdict = new Verdict.Refused("FATAL: no memory");
        Optional<ServiceState> refused = ended(Duration.ofSeconds(9), Optional.empty());
        assertThat(steps(PostgresqlPlan.of(state(true, refused, List.of()))))
                .as("before it is started again")
                .containsExactly("go back to the last good configuration: FATAL: no memory");

        verdict = new Verdict.Pending();
        report = Optional.of(new Trial.Report("configuration refused (shared-buffers): no memory", "change it"));
        assertThat(steps(PostgresqlPlan.of(state(true, service(ServiceState.Phase.ENDED, "refused"), List.of()))))
                .containsExactly("restart PostgreSQL on 127.0.10.1:5432");
        Plan<PostgresqlExecutor> runs = PostgresqlPlan.of(
                state(true, service(ServiceState.Phase.READY, SETTINGS.fingerprint()), List.of(REQUEST)));
        assertThat(steps(runs)).contains("create database livepatch and user relation-1");
        assertThat(runs.status())
                .isEqualTo(UnitStatus.blocked("configuration refused (shared-buffers): no memory; running with the last"
                        + " good one; change it"));
        Plan<PostgresqlExecutor> down =
                PostgresqlPlan.of(state(true, ended(Duration.ofSeconds(1), Optional.empty()), List.of()));
        assertThat(down.steps()).isEmpty();
        assertThat(down.status())
                .isEqualTo(
                        UnitStatus.blocked("configuration refused (shared-buffers): no memory; the last good one does"
                                + " not run either: PostgreSQL does not stay up: exit code 1; change it"));
    }

    @Test
    void beginsWithACluster() {
        assertThat(steps(PostgresqlPlan.of(state(false, Optional.empty(), List.of()))))
                .containsExactly(
                        "initialise a PostgreSQL 15 cluster",
                        "write postgresql.conf and pg_hba.conf",
                        "start PostgreSQL on 127.0.10.1:5432");
    }

    @Test
    void waitsWhileTheServerStarts() {
        Plan<PostgresqlExecutor> plan = PostgresqlPlan.of(state(true, starting(Optional.empty()), List.of(REQUEST)));

        assertThat(plan.steps()).isEmpty();
        assertThat(plan.status()).isEqualTo(UnitStatus.waiting("PostgreSQL is starting"));
    }

    /** A frozen postmaster is not killed, but reported to the operator. */
    @Test
    void saysWhyTheServerDoesNotAnswer() {
        Plan<PostgresqlExecutor> plan = PostgresqlPlan.of(
                state(true, starting(Optional.of("not ready: no answer within 3 s")), List.of(REQUEST)));

        assertThat(plan.steps()).isEmpty();
        assertThat(plan.status())
                .isEqualTo(UnitStatus.waiting("PostgreSQL does not answer: not ready: no answer within 3 s"));
    }

    private static Optional<ServiceState> starting(Optional<String> problem) {
        return Optional.of(
                SingleProcess.state("postgresql", ServiceState.Phase.STARTING, SETTINGS.fingerprint(), problem));
    }

    @Test
    void makesADatabaseForARelationOnceTheServerIsReady() {
        Plan<PostgresqlExecutor> plan = PostgresqlPlan.of(
                state(true, service(ServiceState.Phase.READY, SETTINGS.fingerprint()), List.of(REQUEST)));

        assertThat(steps(plan))
                .containsExactly(
                        "set the password of user operator",
                        "create database livepatch and user relation-1",
                        "publish endpoint and credentials to relation 1");
        assertThat(plan.status()).isEqualTo(UnitStatus.active("Primary"));
    }

    private static DatabaseRequest created(boolean secrets, Map<String, String> answer) {
        return new DatabaseRequest(
                1,
                "livepatch",
                List.of(),
                secrets,
                Optional.of("secret:1"),
                Map.of("username", "u", "password", "p", "uris", "postgresql://u:p@127.0.10.1:5432/livepatch"),
                answer);
    }

    @Test
    void doesNothingForAnAnsweredRelation() {
        DatabaseRequest answered = created(true, created(true, Map.of()).publication(SETTINGS, "15.20"));

        assertThat(steps(PostgresqlPlan.of(
                        state(true, service(ServiceState.Phase.READY, SETTINGS.fingerprint()), List.of(answered)))))
                .containsExactly("set the password of user operator");
    }

    /** Applications that cannot read secrets, such as those on a Juju before 3.0, name none that they ask for. */
    @Test
    void credentialsArePlainOnlyForThoseThatCannotReadSecrets() {
        assertThat(created(true, Map.of()).publication(SETTINGS, "15.20"))
                .containsEntry("secret-user", "secret:1")
                .contains(Map.entry("username", ""), Map.entry("password", ""), Map.entry("uris", ""));
        assertThat(created(false, Map.of()).publication(SETTINGS, "15.20"))
                .containsEntry("username", "u")
                .containsEntry("password", "p")
                .containsEntry("uris", "postgresql://u:p@127.0.10.1:5432/livepatch")
                .containsEntry("endpoints", "127.0.10.1:5432")
                .containsEntry("secret-user", "");
    }

    /** A password that was published before the other side could read secrets. */
    @Test
    void plainCredentialsAreWithdrawnFromAnApplicationThatAsksForSecrets() {
        Map<String, String> plain = created(false, Map.of()).publication(SETTINGS, "15.20");

        assertThat(steps(PostgresqlPlan.of(state(
                        true,
                        service(ServiceState.Phase.READY, SETTINGS.fingerprint()),
                        List.of(created(true, plain))))))
                .contains("publish endpoint and credentials to relation 1");
        assertThat(Relation.published(plain, created(true, plain).publication(SETTINGS, "15.20")))
                .containsEntry("secret-user", "secret:1")
                .doesNotContainKeys("username", "password", "uris");
    }

    @Test
    void restartsForAnotherConfigurationOnly() {
        assertThat(steps(PostgresqlPlan.of(state(true, service(ServiceState.Phase.READY, "other"), List.of()))))
                .containsExactly("restart PostgreSQL on 127.0.10.1:5432");
    }

    /** Its supervisor leaves it down, so that the charm decides. */
    @Test
    void aServerThatEndedByItselfIsStartedAgain() {
        Optional<ServiceState> killed = ended(Duration.ofSeconds(5), Optional.of("KILL"));

        assertThat(steps(PostgresqlPlan.of(state(true, killed, List.of(REQUEST)))))
                .containsExactly("start PostgreSQL again, which ended with signal KILL");
        assertThat(steps(PostgresqlPlan.of(
                        state(true, ended(Duration.ofHours(-1), Optional.of("KILL")), List.of(REQUEST)))))
                .as("after the clock was set back")
                .hasSize(1);
        refused = Optional.of("port is 80");
        assertThat(steps(PostgresqlPlan.of(state(true, killed, List.of(REQUEST)))))
                .as("refused options keep a server running")
                .containsExactly("start PostgreSQL again, which ended with signal KILL");
    }

    @Test
    void aServerThatDoesNotStayUpIsAnErrorWithItsReasonAndStartedAtMostEveryFewSeconds() {
        Plan<PostgresqlExecutor> plan =
                PostgresqlPlan.of(state(true, ended(Duration.ofMillis(4999), Optional.empty()), List.of(REQUEST)));

        assertThat(plan.steps()).isEmpty();
        assertThat(plan.status()).isEqualTo(UnitStatus.error("PostgreSQL does not stay up: exit code 1"));
    }

    private static Optional<ServiceState> ended(Duration sinceItsStart, Optional<String> signal) {
        Instant started = NOW.minus(sinceItsStart);
        return Optional.of(new ServiceState(
                "postgresql",
                ServiceState.Phase.ENDED,
                SETTINGS.fingerprint(),
                Optional.empty(),
                0,
                Optional.of("exit code 1"),
                Optional.of(new ServiceState.End(
                        signal.isPresent() ? OptionalInt.empty() : OptionalInt.of(1),
                        signal,
                        started,
                        started.plusMillis(1),
                        Optional.empty())),
                Optional.empty(),
                0,
                0,
                true));
    }

    @Test
    void aDatabaseNameThatCouldNotBeIsBlocked() {
        DatabaseRequest hostile =
                new DatabaseRequest(1, "x'; DROP", List.of(), true, Optional.empty(), Map.of(), Map.of());

        assertThat(PostgresqlPlan.of(state(
                                true, service(ServiceState.Phase.READY, SETTINGS.fingerprint()), List.of(hostile)))
                        .status()
                        .kind())
                .isEqualTo(UnitStatus.Kind.BLOCKED);
    }

    @Test
    void valuesAreQuotedAsPsqlReadsThem() {
        assertThat(Psql.quoted("it's a \\ and\nmore")).isEqualTo("'it\\'s a \\\\ and\\nmore'");
    }

    @Test
    void configurationIsStableText() {
        assertThat(SETTINGS.configuration())
                .contains("listen_addresses = '127.0.10.1'")
                .contains("unix_socket_directories = '/var/lib/u/run'")
                .contains("log_line_prefix = '%m [%p] %q%u@%d '");
        assertThat(SETTINGS.access()).contains("host all all 127.0.0.0/8 scram-sha-256");
    }
}
