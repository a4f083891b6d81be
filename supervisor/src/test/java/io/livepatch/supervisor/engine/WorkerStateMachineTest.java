package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Worker.Transition;
import io.livepatch.supervisor.engine.WorkerEvent.CheckType;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Rare transitions of a worker that a simulation rarely reaches. */
class WorkerStateMachineTest {

    private static final Instant T0 = Instant.EPOCH;
    private static final RestartPolicy STRICT = new RestartPolicy(
            Duration.ofSeconds(1), Duration.ofSeconds(60), 0, Duration.ofSeconds(30), OptionalInt.empty());
    private static final Probe PROBE = new Probe.Tcp("127.0.0.1:1");
    private static final PoolSpec SPEC =
            PoolSpec.of("pool", List.of("server")).restart(STRICT).build();

    private static final Optional<ProbeFailure> REFUSED = Optional.of(ProbeFailure.badAnswer("refused"));
    private static final Optional<ProbeFailure> SILENCE = Optional.of(ProbeFailure.noAnswer("nothing"));

    private Instant now = T0;
    private Worker worker = Worker.stopped(T0);
    private WorkerStateMachine stateMachine = stateMachineOf(SPEC);

    private static WorkerStateMachine stateMachineOf(PoolSpec spec) {
        return new WorkerStateMachine(spec, new SplittableRandom(1));
    }

    private List<WorkerAction> on(WorkerEvent event) {
        Transition transition = stateMachine.step(worker, event, now);
        worker = transition.worker();
        return transition.actions();
    }

    private void launched() {
        on(new WorkerEvent.Start(Optional.empty()));
        on(new WorkerEvent.Launched(worker.run().number(), 42));
    }

    private Duration pauseAfterCrash() {
        List<WorkerAction> actions = on(new WorkerEvent.Exited(worker.run().number(), new ExitStatus(1)));
        Duration pause = ((WorkerAction.StartTimer) actions.getFirst()).delay();
        now = now.plus(pause);
        on(new WorkerEvent.TimerExpired(worker.run().number(), WorkerTimer.RETRY));
        on(new WorkerEvent.Launched(worker.run().number(), 42));
        return pause;
    }

    @Test
    void pausesDoubleUntilAStableTimeResetsThem() {
        launched();
        assertThat(List.of(pauseAfterCrash(), pauseAfterCrash(), pauseAfterCrash()))
                .containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
        now = now.plusSeconds(30);
        assertThat(pauseAfterCrash()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void failuresBeforeTheFirstSuccessDoNotCountAndALaterOneOnlyChangesReadiness() {
        stateMachine = stateMachineOf(SPEC.but()
                .ready(HealthCheck.prompt(PROBE, Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .build());
        launched();
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        assertThat(on(new WorkerEvent.Checked(1, CheckType.READY, REFUSED)))
                .as("the first ready checks come before the interval")
                .containsExactly(new WorkerAction.StartTimer(1, WorkerTimer.READY_CHECK, Duration.ofMillis(100)));
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        on(new WorkerEvent.Checked(1, CheckType.READY, Optional.empty()));
        assertThat(worker.state()).isEqualTo(WorkerState.READY);
        List<WorkerAction> actions = on(new WorkerEvent.Checked(1, CheckType.READY, REFUSED));
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        assertThat(worker.problem()).contains("not ready: refused");
        assertThat(actions)
                .containsExactly(new WorkerAction.StartTimer(1, WorkerTimer.READY_CHECK, Duration.ofSeconds(2)));
    }

    @Test
    void aCommandIsRunMoreOftenWhileItFails() {
        Probe command = new Probe.Command(List.of("true"));
        stateMachine = stateMachineOf(SPEC.but()
                .ready(HealthCheck.prompt(command, Duration.ofSeconds(5), Duration.ofSeconds(1)))
                .build());
        launched();
        assertThat(delayAfter(REFUSED)).isEqualTo(Duration.ofSeconds(1));
        assertThat(delayAfter(Optional.empty())).isEqualTo(Duration.ofSeconds(5));
        assertThat(delayAfter(REFUSED)).isEqualTo(Duration.ofSeconds(1));
    }

    private Duration delayAfter(Optional<ProbeFailure> result) {
        List<WorkerAction> actions = on(new WorkerEvent.Checked(1, CheckType.READY, result));
        return ((WorkerAction.StartTimer) actions.getLast()).delay();
    }

    @Test
    void aProcessThatSurvivesKillIsGivenUpAndNamed() {
        launched();
        on(new WorkerEvent.Stop(ReplacementReason.SHUTDOWN));
        assertThat(on(new WorkerEvent.TimerExpired(1, WorkerTimer.KILL))).contains(new WorkerAction.Kill());
        on(new WorkerEvent.TimerExpired(1, WorkerTimer.GIVE_UP));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPED);
        assertThat(worker.problem().orElseThrow()).startsWith("process 42 did not end within 10.0 s of being killed");
        assertThat(on(new WorkerEvent.Start(Optional.empty())))
                .as("a second process beside it")
                .isEmpty();
    }

    @Test
    void aRestartNeverStartsASecondProcessBesideOneThatCannotBeKilled() {
        launched();
        on(new WorkerEvent.Restart(ReplacementReason.REQUEST));
        on(new WorkerEvent.TimerExpired(1, WorkerTimer.KILL));
        on(new WorkerEvent.TimerExpired(1, WorkerTimer.GIVE_UP));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPING);
        assertThat(on(new WorkerEvent.Exited(1, new ExitStatus(137))))
                .containsExactly(new WorkerAction.Launch(2, Optional.of(ReplacementReason.REQUEST)));
    }

    @Test
    void aProcessThatIsLaunchedAfterGivingUpIsKilled() {
        on(new WorkerEvent.Start(Optional.empty()));
        on(new WorkerEvent.Stop(ReplacementReason.SHUTDOWN));
        on(new WorkerEvent.TimerExpired(1, WorkerTimer.GIVE_UP));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPED);
        assertThat(on(new WorkerEvent.Launched(1, 42))).containsExactly(new WorkerAction.Kill());
    }

    @Test
    void aStopDuringTheStartIsDeliveredWhenThereIsAProcess() {
        on(new WorkerEvent.Start(Optional.empty()));
        on(new WorkerEvent.Stop(ReplacementReason.SHUTDOWN));
        assertThat(on(new WorkerEvent.Launched(1, 42))).contains(new WorkerAction.Terminate());
        on(new WorkerEvent.Exited(1, new ExitStatus(143)));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPED);
    }

    @Test
    void eventsOfAnEarlierRunAreIgnored() {
        launched();
        pauseAfterCrash();
        Worker before = worker;
        assertThat(on(new WorkerEvent.Exited(1, new ExitStatus(1)))).isEmpty();
        assertThat(on(new WorkerEvent.TimerExpired(1, WorkerTimer.RETRY))).isEmpty();
        assertThat(worker).isEqualTo(before);
    }

    @Test
    void anIllegalStateTransitionThrows() {
        assertThatThrownBy(() -> worker.to(WorkerState.READY, now))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a worker cannot go from STOPPED to READY");
    }

    private static HealthCheck live(Duration startPeriod) {
        return new HealthCheck(PROBE, Duration.ofSeconds(1), Duration.ofSeconds(1), startPeriod, 2, 1);
    }

    private List<WorkerAction> liveChecked(Optional<ProbeFailure> failure) {
        return on(new WorkerEvent.Checked(worker.run().number(), CheckType.LIVE, failure));
    }

    @Test
    void aWorkerThatFailsItsLiveCheckIsMarkedOnceAndKeepsServing() {
        stateMachine =
                stateMachineOf(SPEC.but().live(live(Duration.ofMinutes(1))).build());
        launched();
        assertThat(liveChecked(Optional.empty())).noneMatch(WorkerAction.MarkForReplacement.class::isInstance);
        assertThat(liveChecked(REFUSED)).noneMatch(WorkerAction.MarkForReplacement.class::isInstance);
        assertThat(liveChecked(REFUSED))
                .contains(new WorkerAction.MarkForReplacement(
                        ReplacementReason.HEALTH, "failed 2 live checks in a row: refused"));
        assertThat(liveChecked(REFUSED)).noneMatch(WorkerAction.MarkForReplacement.class::isInstance);
        assertThat(worker.state()).isEqualTo(WorkerState.READY);
    }

    @Test
    void aWorkerThatHangsIsKilledWithoutStopSignalAndRestartedAfterAPause() {
        stateMachine =
                stateMachineOf(SPEC.but().live(live(Duration.ofMinutes(1))).build());
        launched();
        liveChecked(Optional.empty());
        assertThat(liveChecked(SILENCE))
                .as("the next check comes soon")
                .containsExactly(new WorkerAction.StartTimer(1, WorkerTimer.LIVE_CHECK, Duration.ofMillis(100)));
        assertThat(stateMachine.hangs(worker)).isFalse();
        assertThat(liveChecked(SILENCE))
                .contains(new WorkerAction.MarkForReplacement(
                        ReplacementReason.HEALTH, "hangs: no answer to 2 live checks in a row: nothing"));
        assertThat(stateMachine.hangs(worker)).isTrue();

        assertThat(on(new WorkerEvent.KillHung()))
                .contains(new WorkerAction.Kill())
                .noneMatch(WorkerAction.Terminate.class::isInstance);
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPING);
        List<WorkerAction> gone = on(new WorkerEvent.Exited(1, new ExitStatus(137)));
        assertThat(gone).containsExactly(new WorkerAction.StartTimer(1, WorkerTimer.RETRY, Duration.ofSeconds(2)));
        assertThat(worker.problem()).contains("hangs: no answer to 2 live checks in a row; next start in 2.0 s");
        assertThat(on(new WorkerEvent.TimerExpired(1, WorkerTimer.RETRY)))
                .containsExactly(new WorkerAction.Launch(2, Optional.of(ReplacementReason.HEALTH)));
    }

    @Test
    void anyAnswerPreventsTheKillOfAWorker() {
        stateMachine =
                stateMachineOf(SPEC.but().live(live(Duration.ofMinutes(1))).build());
        launched();
        liveChecked(Optional.empty());
        liveChecked(SILENCE);
        liveChecked(REFUSED);
        assertThat(on(new WorkerEvent.KillHung())).isEmpty();
        liveChecked(SILENCE);
        liveChecked(SILENCE);
        assertThat(stateMachine.hangs(worker)).isTrue();
        liveChecked(Optional.empty());
        assertThat(on(new WorkerEvent.KillHung())).isEmpty();
        assertThat(worker.state()).isEqualTo(WorkerState.READY);
    }

    @Test
    void aWorkerThatHangsAfterItWasReadyHasNoStartPeriod() {
        stateMachine = stateMachineOf(SPEC.but()
                .live(live(Duration.ofMinutes(1)))
                .ready(HealthCheck.prompt(PROBE, Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .build());
        launched();
        liveChecked(SILENCE);
        liveChecked(SILENCE);
        assertThat(stateMachine.hangs(worker)).as("while it starts").isFalse();
        on(new WorkerEvent.Checked(1, CheckType.READY, Optional.empty()));
        liveChecked(SILENCE);
        liveChecked(SILENCE);
        assertThat(stateMachine.hangs(worker)).isTrue();
    }

    @Test
    void aWorkerThatWasNeverAliveAndGivesNoAnswerIsKilled() {
        stateMachine = stateMachineOf(SPEC.but().live(live(Duration.ZERO)).build());
        launched();
        liveChecked(SILENCE);
        assertThat(liveChecked(SILENCE)).contains(new WorkerAction.Kill());
        on(new WorkerEvent.Exited(1, new ExitStatus(137)));
        assertThat(on(new WorkerEvent.TimerExpired(1, WorkerTimer.RETRY)))
                .containsExactly(new WorkerAction.Launch(2, Optional.of(ReplacementReason.CRASH)));
    }

    @Test
    void aStartPeriodExcusesFailuresUntilTheFirstSuccess() {
        stateMachine =
                stateMachineOf(SPEC.but().live(live(Duration.ofMinutes(1))).build());
        launched();
        for (int i = 0; i < 20; i++) {
            liveChecked(REFUSED);
        }
        assertThat(worker.state()).isEqualTo(WorkerState.READY);
        now = now.plusSeconds(60);
        liveChecked(REFUSED);
        assertThat(liveChecked(REFUSED)).contains(new WorkerAction.Terminate());
        on(new WorkerEvent.Exited(1, new ExitStatus(143)));
        assertThat(worker.state()).as("counts as a crash").isEqualTo(WorkerState.BACKING_OFF);
        assertThat(worker.crashes()).isEqualTo(1);
    }

    @Test
    void timeBeforeReadinessIsNoStableTime() {
        RestartPolicy once = new RestartPolicy(
                Duration.ofSeconds(1), Duration.ofSeconds(60), 0, Duration.ofSeconds(30), OptionalInt.of(1));
        stateMachine = stateMachineOf(SPEC.but()
                .restart(once)
                .ready(HealthCheck.prompt(PROBE, Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .build());
        launched();
        now = now.plusSeconds(90);
        pauseAfterCrash();
        now = now.plusSeconds(90);
        on(new WorkerEvent.Exited(worker.run().number(), new ExitStatus(1)));
        assertThat(worker.state()).isEqualTo(WorkerState.FAILED);
    }

    @Test
    void theRestartPolicyDecidesWhichEndsAreFollowedByAnotherStart() {
        Map<RestartPolicy.When, List<WorkerState>> after = new EnumMap<>(RestartPolicy.When.class);
        for (RestartPolicy.When when : RestartPolicy.When.values()) {
            stateMachine = stateMachineOf(SPEC.but()
                    .restart(new RestartPolicy(
                            when,
                            STRICT.initial(),
                            STRICT.cap(),
                            STRICT.jitter(),
                            STRICT.stableAfter(),
                            STRICT.maxCrashes()))
                    .build());
            after.put(when, List.of(stateAfter(new ExitStatus(0)), stateAfter(new ExitStatus(137))));
        }
        assertThat(after)
                .containsEntry(RestartPolicy.When.ALWAYS, List.of(WorkerState.BACKING_OFF, WorkerState.BACKING_OFF))
                .containsEntry(RestartPolicy.When.ON_FAILURE, List.of(WorkerState.FAILED, WorkerState.BACKING_OFF))
                .containsEntry(RestartPolicy.When.NEVER, List.of(WorkerState.FAILED, WorkerState.FAILED));
        assertThat(worker.problem()).contains("ended by itself with signal KILL after 0.0 s");
        assertThat(on(new WorkerEvent.Restart(ReplacementReason.REQUEST)))
                .as("on request")
                .containsExactly(new WorkerAction.Launch(2, Optional.of(ReplacementReason.REQUEST)));
    }

    private WorkerState stateAfter(ExitStatus status) {
        worker = Worker.stopped(T0);
        launched();
        on(new WorkerEvent.Exited(1, status));
        return worker.state();
    }

    @Test
    void aProcessThatCannotBeStartedHasNoExitStatus() {
        launched();
        pauseAfterCrash();
        assertThat(worker.lastExit()).contains(new ExitStatus(1));
        on(new WorkerEvent.Restart(ReplacementReason.REQUEST));
        on(new WorkerEvent.Exited(worker.run().number(), new ExitStatus(143)));
        on(new WorkerEvent.LaunchFailed(worker.run().number(), "no such program"));
        assertThat(worker.problem().orElseThrow()).startsWith("no such program");
        assertThat(worker.lastExit()).isEmpty();
    }

    @Test
    void anExceededLimitMarksAWorkerOnceWithTheMeasuredValue() {
        Limits limits = new Limits(
                Optional.empty(),
                0,
                OptionalLong.of(1000),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalInt.empty(),
                Duration.ofSeconds(1));
        stateMachine = stateMachineOf(SPEC.but().limits(limits).build());
        launched();
        ResourceUsage within = new ResourceUsage(1, 1000, Duration.ZERO, 3, OptionalLong.empty());
        ResourceUsage beyond = new ResourceUsage(1, 1001, Duration.ZERO, 3, OptionalLong.empty());
        assertThat(on(new WorkerEvent.Measured(1, within))).isEmpty();
        assertThat(on(new WorkerEvent.Measured(1, beyond)))
                .containsExactly(new WorkerAction.MarkForReplacement(
                        ReplacementReason.MEMORY, "1001 bytes resident, and its limit is 1000"));
        assertThat(on(new WorkerEvent.Measured(1, beyond))).isEmpty();
    }

    @Test
    void inProxyModeAWorkerIsReadyOnceItEnteredTheBalancerAndTerminatedOnceItLeft() {
        Listening proxied = new Listening.Proxied(
                9000,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 80),
                "random",
                "/",
                Duration.ofSeconds(7));
        stateMachine = stateMachineOf(SPEC.but().listening(proxied).build());
        on(new WorkerEvent.Start(Optional.empty()));
        assertThat(on(new WorkerEvent.Launched(1, 42))).containsExactly(new WorkerAction.EnterBalancer(1));
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        assertThat(on(new WorkerEvent.EnteredBalancer(1, Optional.of("it does not run"))))
                .containsExactly(new WorkerAction.StartTimer(1, WorkerTimer.ENTER_BALANCER, Duration.ofSeconds(1)));
        assertThat(on(new WorkerEvent.TimerExpired(1, WorkerTimer.ENTER_BALANCER)))
                .containsExactly(new WorkerAction.EnterBalancer(1));
        on(new WorkerEvent.EnteredBalancer(1, Optional.empty()));
        assertThat(worker.state()).isEqualTo(WorkerState.READY);

        assertThat(on(new WorkerEvent.Stop(ReplacementReason.LIFESPAN)))
                .contains(new WorkerAction.LeaveBalancer(1))
                .noneMatch(WorkerAction.Terminate.class::isInstance);
        assertThat(worker.state()).isEqualTo(WorkerState.DRAINING);
        assertThat(on(new WorkerEvent.LeftBalancer(1))).contains(new WorkerAction.Terminate());
    }
}
