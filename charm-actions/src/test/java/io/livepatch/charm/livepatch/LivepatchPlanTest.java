package io.livepatch.charm.livepatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LivepatchPlanTest {
    private static final LivepatchYaml.Listen LISTEN = new LivepatchYaml.Listen("127.0.10.1", 8080);
    private static final String RELEASE = "/r/1";
    private static final LivepatchYaml WANTED = new LivepatchYaml(Map.of("server.unit", "livepatch/0"), RELEASE);
    private static final Map<String, String> READY = Map.of("hostname", "127.0.10.1", "port", "8080", "state", "ready");

    private static ObservedState state(
            boolean related,
            Optional<String> dsn,
            boolean website,
            Optional<ServiceState> service,
            Map<String, String> bag) {
        boolean complete = dsn.isPresent();
        return new ObservedState(
                true,
                userMissing,
                workerSettings,
                Optional.of(LISTEN),
                related,
                Optional.empty(),
                dsn,
                false,
                complete ? Optional.of(WANTED) : Optional.empty(),
                service,
                health,
                new LastGoodConfig(Path.of("/u/livepatch.good.yaml"), Optional.of(good), RELEASE),
                handedOver,
                verdict,
                report,
                obstacle,
                refused,
                surplus,
                website ? List.of(bag) : List.of());
    }

    private static boolean userMissing;
    private static boolean handedOver = true;
    private static String good = WANTED.yaml();
    private static WorkerSettings workerSettings = new WorkerSettings(1, "shared-port", List.of());
    private static Optional<String> surplus = Optional.empty();
    private static Optional<String> refused = Optional.empty();
    private static Optional<String> obstacle = Optional.empty();
    private static List<ServerHealth> health = List.of();
    private static Verdict verdict = new Verdict.Pending();
    private static Optional<Trial.Report> report = Optional.empty();

    @AfterEach
    void forget() {
        userMissing = false;
        handedOver = true;
        verdict = new Verdict.Pending();
        report = Optional.empty();
        good = WANTED.yaml();
        workerSettings = new WorkerSettings(1, "shared-port", List.of());
        surplus = Optional.empty();
        refused = Optional.empty();
        obstacle = Optional.empty();
        health = List.of();
    }

    private static final String NO_DATABASE = """
            {"state": "degraded", "possible": ["downloads"],
             "lost": {"check-ins": {"since": "2026-11-30T07:12:03.123Z",
                                    "reason": "database: connection to 127.0.10.2:5432 refused", "needs-operator": false}},
             "database": {"status": "connection to 127.0.10.2:5432 refused", "since": "2026-11-30T07:12:03.123Z"},
             "patches": {"status": "1 damaged"}, "snapshot": {"revision": 1, "patches": 2}}""";

    private static final String WRONG_KEY = """
            {"state": "degraded", "possible": ["check-ins", "downloads"], "lost": {},
             "database": {"status": "OK"},
             "store": {"status": "the server answered 403 InvalidAccessKeyId", "since": "2026-11-30T07:12:03Z",
                       "needs-operator": true}}""";

    private static UnitStatus notReadyStatus(String json) {
        health = List.of(ServerHealth.parse(json).orElseThrow());
        return LivepatchPlan.of(complete(running(ServiceState.Phase.STARTING, WANTED.fingerprint()), READY))
                .status();
    }

    @Test
    void reportsFailedPartsWithTheirTimeAndStaysPublished() {
        assertThat(notReadyStatus(NO_DATABASE))
                .isEqualTo(
                        UnitStatus.waiting("check-ins are refused since 2026-11-30T07:12:03Z: database: connection to"
                                + " 127.0.10.2:5432 refused; downloads go on"));
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.STARTING, WANTED.fingerprint()), READY))))
                .isEmpty();
        assertThat(notReadyStatus(WRONG_KEY))
                .isEqualTo(UnitStatus.blocked("store does not work since 2026-11-30T07:12:03Z: the server answered 403"
                        + " InvalidAccessKeyId; check-ins and downloads go on"));
        assertThat(notReadyStatus("""
                {"state": "starting", "possible": [], "lost": {"downloads": {"since": "2026-11-30T07:12:03Z",
                 "reason": "x"}}, "catalog": {"status": "not read yet", "since": "2026-11-30T07:12:03Z"}}"""))
                .isEqualTo(UnitStatus.waiting(
                        "Livepatch is starting: catalog does not work since 2026-11-30T07:12:03Z: not read yet"));
        health = List.of();
        assertThat(LivepatchPlan.of(complete(running(ServiceState.Phase.STARTING, WANTED.fingerprint()), READY))
                        .status())
                .isEqualTo(UnitStatus.waiting("Livepatch does not answer its health probes"));
    }

    @Test
    void theUserIsCreatedBeforeAnythingRunsAsIt() {
        userMissing = true;

        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), Map.of()))))
                .containsExactly("create the system user that runs the server");
    }

    /** Root's last worker may write until it ends. */
    @Test
    void filesAreHandedOverAgainWhenAllWorkersAreOfTheUser() {
        handedOver = false;

        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, WANTED.fingerprint()), READY))))
                .containsExactly("give the server's files to its user");
    }

    @Test
    void aUnitThatCanDoSomeWorkIsPublished() {
        health = List.of(ServerHealth.parse(WRONG_KEY).orElseThrow());

        assertThat(steps(LivepatchPlan.of(
                        complete(running(ServiceState.Phase.STARTING, WANTED.fingerprint()), Map.of()))))
                .containsExactly("publish {hostname=127.0.10.1, port=8080, state=ready} to the website relation");
    }

    @Test
    void theReasonOfAFailedReplacementIsReported() {
        health = List.of(ServerHealth.parse(WRONG_KEY).orElseThrow());

        assertThat(statusOf(Optional.of("not ready: http://127.0.10.1:18001/health/ready answers 503"), 1, false))
                .isEqualTo(UnitStatus.maintenance("Livepatch running, its workers are replaced one by one: the server"
                        + " answered 403 InvalidAccessKeyId"));
    }

    @Test
    void theProxyInFrontOfProcessesKeepsThoseThatCanDoSomeWork() {
        assertThat(new WorkerSettings(2, "proxy", List.of()).workerPool(LISTEN).entrance())
                .isInstanceOfSatisfying(
                        io.livepatch.charm.api.ServiceSpec.WorkerPool.Entrance.Proxy.class,
                        proxy -> assertThat(proxy.healthPath()).isEqualTo("/health/ready/any"));
        assertThat(new WorkerSettings(2, "shared-port", List.of()).probes(LISTEN))
                .hasSize(3);
    }

    @Test
    void keepsTheLastGoodConfigurationAndStartsItWhenTheNextIsRefused() {
        String wanted = WANTED.fingerprint();
        good = "of: before";
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, wanted), READY))))
                .containsExactly("keep livepatch.yaml as the last good one");

        verdict = new Verdict.Refused("server.log-level: 'loud' is unknown");
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, wanted), READY))))
                .containsExactly("go back to the last good configuration: server.log-level: 'loud' is unknown");

        // Now the last good one is the target; its check and the schema's upgrade are not repeated.
        verdict = new Verdict.Pending();
        report = Optional.of(new Trial.Report("configuration refused (log-level): loud", "change it"));
        good = WANTED.yaml();
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, "refused"), READY))))
                .containsExactly(
                        "write livepatch.yaml (" + WANTED.digest() + ")", "restart the server on 127.0.10.1:8080");
        Plan<LivepatchExecutor> settled = LivepatchPlan.of(complete(running(ServiceState.Phase.READY, wanted), READY));
        assertThat(settled.steps()).isEmpty();
        assertThat(settled.status())
                .isEqualTo(UnitStatus.blocked(
                        "configuration refused (log-level): loud; running with the last good one; change it"));
        ServiceState down = state(ServiceState.Phase.FAILING, wanted, Optional.of("exit code 1"), 0, true);
        assertThat(LivepatchPlan.of(complete(Optional.of(down), READY)).status())
                .isEqualTo(UnitStatus.blocked("configuration refused (log-level): loud; the last good one does not run"
                        + " either: exit code 1; change it"));
    }

    /** The workers at the former address serve until one is ready at the new one. */
    @Test
    void aNewAddressIsPublishedOnlyWhenAServerIsReadyThere() {
        good = GOOD_ELSEWHERE.yaml();
        Map<String, String> elsewhere = Map.of("hostname", "127.0.10.1", "port", "8081", "state", "ready");
        ServiceState onTrial = state(ServiceState.Phase.READY, WANTED.fingerprint(), Optional.empty(), 1, false);

        assertThat(steps(LivepatchPlan.of(complete(Optional.of(onTrial), elsewhere))))
                .isEmpty();
        assertThat(steps(
                        LivepatchPlan.of(complete(running(ServiceState.Phase.READY, WANTED.fingerprint()), elsewhere))))
                .containsExactly(
                        "keep livepatch.yaml as the last good one",
                        "publish {hostname=127.0.10.1, port=8080, state=ready} to the website relation");
    }

    private static Optional<ServiceState> running(ServiceState.Phase phase, String fingerprint) {
        return Optional.of(
                state(phase, fingerprint, Optional.empty(), phase == ServiceState.Phase.READY ? 1 : 0, true));
    }

    private static ServiceState state(
            ServiceState.Phase phase, String fingerprint, Optional<String> problem, int ready, boolean upToDate) {
        return new ServiceState(
                "livepatch-server",
                phase,
                fingerprint,
                Optional.of(WANTED.liveFingerprint()),
                0,
                problem,
                Optional.empty(),
                Optional.of(workerSettings.workerPool(LISTEN)),
                ready,
                upToDate ? ready : 0,
                upToDate);
    }

    private static UnitStatus statusOf(Optional<String> problem, int ready, boolean upToDate) {
        return LivepatchPlan.of(complete(
                        Optional.of(state(ServiceState.Phase.READY, WANTED.fingerprint(), problem, ready, upToDate)),
                        READY))
                .status();
    }

    @Test
    void reportsTheNumberOfReadyWorkersAndTheProblem() {
        assertThat(statusOf(Optional.empty(), 1, true)).isEqualTo(UnitStatus.active("Livepatch running!"));
        workerSettings = new WorkerSettings(3, "shared-port", List.of());
        assertThat(statusOf(Optional.empty(), 3, true)).isEqualTo(UnitStatus.active("Livepatch running! (3 workers)"));
        assertThat(statusOf(Optional.of("given up after 5 restarts in vain"), 2, true))
                .isEqualTo(UnitStatus.active("Livepatch running! (2 of 3 workers: given up after 5 restarts in vain)"));
        assertThat(statusOf(Optional.empty(), 3, false))
                .isEqualTo(UnitStatus.maintenance("Livepatch running, its workers are replaced one by one"));
    }

    @Test
    void aChangedNumberOfWorkersAffectsNothingElse() {
        Optional<ServiceState> one = running(ServiceState.Phase.READY, WANTED.fingerprint());
        workerSettings = new WorkerSettings(4, "proxy", List.of());

        assertThat(steps(LivepatchPlan.of(complete(one, READY)))).containsExactly("run 4 workers (proxy)");
    }

    @Test
    void invalidOptionsAreRefusedAndTheRunningServerIsKept() {
        Optional<ServiceState> one = running(ServiceState.Phase.READY, WANTED.fingerprint());
        refused = LivepatchRules.METADATA.problem(LivepatchRules.METADATA.effective(Map.of("workers", "65")));
        Plan<LivepatchExecutor> plan = LivepatchPlan.of(complete(one, READY));

        assertThat(plan.steps()).isEmpty();
        assertThat(plan.status())
                .isEqualTo(UnitStatus.blocked(
                        "✘ workers is 65 and may be from 1 to 64, such as 1; the running server is kept"));
    }

    private static final LivepatchYaml GOOD_ELSEWHERE = new LivepatchYaml(
            Map.of("server.server-address", "127.0.10.1:8081", "patch-storage.type", "filesystem"), RELEASE);

    @Test
    void afterARestartTheLastGoodConfigurationRunsWhileTheOptionsAreRefused() {
        good = GOOD_ELSEWHERE.yaml();
        refused = Optional.of("server.drain is '5'");
        Plan<LivepatchExecutor> plan = LivepatchPlan.of(complete(Optional.empty(), READY));

        assertThat(steps(plan))
                .containsExactly(
                        "bring the database schema up to date",
                        "start the server on 127.0.10.1:8081 with its last good configuration");
        assertThat(plan.status()).isEqualTo(UnitStatus.blocked("✘ server.drain is '5'"));
        ObservedState unrelated = state(false, Optional.empty(), true, Optional.empty(), READY);
        assertThat(steps(LivepatchPlan.of(unrelated))).containsExactly("withdraw from the website relation");
        good = "damaged: [";
        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), READY))))
                .containsExactly("withdraw from the website relation");
    }

    /** It may have been withdrawn while it could not run. */
    @Test
    void theAddressOfTheLastGoodConfigurationIsPublished() {
        good = GOOD_ELSEWHERE.yaml();
        refused = Optional.of("server.drain is '5'");
        Plan<LivepatchExecutor> plan =
                LivepatchPlan.of(complete(runningElsewhere(GOOD_ELSEWHERE.fingerprint()), Map.of()));

        assertThat(steps(plan))
                .containsExactly("publish {hostname=127.0.10.1, port=8081, state=ready} to the website relation");
        assertThat(plan.status()).isEqualTo(UnitStatus.blocked("✘ server.drain is '5'; the running server is kept"));
        ServiceState failing =
                state(ServiceState.Phase.FAILING, GOOD_ELSEWHERE.fingerprint(), Optional.of("exit code 2"), 0, true);
        assertThat(LivepatchPlan.of(complete(Optional.of(failing), READY)).status())
                .isEqualTo(UnitStatus.blocked(
                        "✘ server.drain is '5'; the last good configuration does not run: exit code 2"));
    }

    @Test
    void anAddressInUseWithdrawsAUnitThatHasNoOtherAddress() {
        obstacle = Optional.of("127.0.10.1:8080 is taken");
        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), READY))))
                .containsExactly("withdraw from the website relation");
    }

    private static Optional<ServiceState> runningElsewhere(String fingerprint) {
        return Optional.of(new ServiceState(
                "livepatch-server",
                ServiceState.Phase.READY,
                fingerprint,
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.of(workerSettings.workerPool(new LivepatchYaml.Listen("127.0.10.1", 8081))),
                1,
                1,
                true));
    }

    @Test
    void aChangeThatTheRunningServerReadsAgainReplacesNoWorker() {
        ServiceState current =
                running(ServiceState.Phase.READY, WANTED.fingerprint()).orElseThrow();
        ServiceState before = new ServiceState(
                current.name(),
                current.phase(),
                current.fingerprint(),
                Optional.of("another address of the database"),
                0,
                Optional.empty(),
                Optional.empty(),
                current.workerPool(),
                1,
                1,
                true);

        assertThat(steps(LivepatchPlan.of(complete(Optional.of(before), READY))))
                .containsExactly(
                        "check the configuration (" + WANTED.digest() + ")",
                        "write livepatch.yaml (" + WANTED.digest() + ")",
                        "have the server read its configuration again");
    }

    @Test
    void aSurplusUnitRestartsOnlyWithASharedStore() {
        surplus = Optional.of("two are one too many");
        good = GOOD_ELSEWHERE.yaml();
        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), READY))))
                .containsExactly("withdraw from the website relation");
        good = good.replace("filesystem", "postgres");
        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), READY))))
                .endsWith("start the server on 127.0.10.1:8081 with its last good configuration");
    }

    @Test
    void workersThatAreRefusedAreReplacedByTheNearestPossibleNumber() {
        assertThat(WorkerSettings.clamped(0, "proxy", List.of())).isEqualTo(new WorkerSettings(1, "proxy", List.of()));
        assertThat(WorkerSettings.clamped(65, "proxi", List.of()))
                .isEqualTo(new WorkerSettings(64, "shared-port", List.of()));
    }

    @Test
    void aSurplusUnitIsNeitherStartedNorPublished() {
        surplus = Optional.of("two are one too many");
        Plan<LivepatchExecutor> fresh = LivepatchPlan.of(complete(Optional.empty(), Map.of()));

        assertThat(fresh.steps()).isEmpty();
        assertThat(fresh.status()).isEqualTo(UnitStatus.blocked("✘ two are one too many"));
        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), READY))))
                .containsExactly("withdraw from the website relation");

        Plan<LivepatchExecutor> running =
                LivepatchPlan.of(complete(running(ServiceState.Phase.READY, "of before"), READY));
        assertThat(running.steps()).isEmpty();
        assertThat(running.status())
                .isEqualTo(UnitStatus.blocked("✘ two are one too many; the running server is kept"));
    }

    @Test
    void readyWorkersOfThePreviousConfigurationDoNotMakeANewOneGood() {
        good = "of: before";
        ServiceState trying = state(ServiceState.Phase.READY, WANTED.fingerprint(), Optional.empty(), 1, false);

        assertThat(steps(LivepatchPlan.of(complete(Optional.of(trying), READY))))
                .isEmpty();
    }

    private static List<String> steps(Plan<LivepatchExecutor> plan) {
        return plan.steps().stream().map(Plan.Step::text).toList();
    }

    @Test
    void reportsTheConditionThatItWaitsFor() {
        Optional<String> none = Optional.empty();

        assertThat(LivepatchPlan.of(state(false, none, false, Optional.empty(), Map.of()))
                        .status())
                .isEqualTo(UnitStatus.blocked("Waiting for postgres relation to be established."));
        assertThat(LivepatchPlan.of(state(true, none, false, Optional.empty(), Map.of()))
                        .status())
                .isEqualTo(UnitStatus.waiting("Waiting for postgres..."));
    }

    private static ObservedState complete(Optional<ServiceState> service, Map<String, String> bag) {
        return state(true, Optional.of("postgresql://…"), true, service, bag);
    }

    @Test
    void bringsTheSchemaUpToDateBeforeTheServerStarts() {
        assertThat(steps(LivepatchPlan.of(complete(Optional.empty(), Map.of()))))
                .containsExactly(
                        "check the configuration (" + WANTED.digest() + ")",
                        "bring the database schema up to date",
                        "write livepatch.yaml (" + WANTED.digest() + ")",
                        "start the server on 127.0.10.1:8080");
    }

    @Test
    void isPublishedOnlyWhenItIsReady() {
        String current = WANTED.fingerprint();

        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.STARTING, current), Map.of()))))
                .isEmpty();
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, current), Map.of()))))
                .containsExactly("publish {hostname=127.0.10.1, port=8080, state=ready} to the website relation");
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.STARTING, current), READY))))
                .containsExactly("publish {hostname=127.0.10.1, port=8080, state=starting} to the website relation");
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, current), READY))))
                .isEmpty();
    }

    @Test
    void restartsOnlyForAnotherConfiguration() {
        assertThat(steps(LivepatchPlan.of(complete(running(ServiceState.Phase.READY, "other"), READY))))
                .containsExactly(
                        "check the configuration (" + WANTED.digest() + ")",
                        "bring the database schema up to date",
                        "write livepatch.yaml (" + WANTED.digest() + ")",
                        "restart the server on 127.0.10.1:8080");
    }

    @Test
    void stopsAndWithdrawsWhenItsDatabaseIsTakenAway() {
        ObservedState without = state(false, Optional.empty(), true, running(ServiceState.Phase.READY, "x"), READY);

        assertThat(steps(LivepatchPlan.of(without)))
                .containsExactly(
                        "withdraw from the website relation",
                        "stop the server: Waiting for postgres relation to be established.");
    }

    /** Juju may refuse for a moment to show a secret that it has granted. */
    @Test
    void keepsRunningAndPublishedWhileTheCredentialsCannotBeRead() {
        ObservedState unreadable = state(true, Optional.empty(), true, running(ServiceState.Phase.READY, "x"), READY);

        Plan<LivepatchExecutor> plan = LivepatchPlan.of(unreadable);
        assertThat(steps(plan)).isEmpty();
        assertThat(plan.status()).isEqualTo(UnitStatus.waiting("Waiting for postgres..."));
    }

    @Test
    void usersAreReadWithEveryProblemAndNoPassword() {
        assertThat(AdminUsers.parse("a:x, b:y:z")).isEqualTo(Map.of("a", "x", "b", "y:z"));
        assertThatThrownBy(() -> AdminUsers.parse("a:,geheim,b:" + "s3cret".repeat(20)))
                .hasMessageContaining("password of 'a' is empty")
                .hasMessageContaining("entry 2 is not name:password")
                .hasMessageContaining("password of 'b'")
                .hasMessageNotContaining("geheim")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void theUnitsOwnAddressReplacesTheWildcard() {
        assertThat(LivepatchYaml.Listen.parse(":8080", "127.0.10.1")).contains(LISTEN);
        assertThat(LivepatchYaml.Listen.parse("0.0.0.0:8080", "127.0.10.1")).contains(LISTEN);
        assertThat(LivepatchYaml.Listen.parse("127.0.0.9:80", "127.0.10.1"))
                .contains(new LivepatchYaml.Listen("127.0.0.9", 80));
        assertThat(LivepatchYaml.Listen.parse("8080", "127.0.10.1")).isEmpty();
    }
}
