package io.livepatch.supervisor.engine;

import static io.livepatch.supervisor.WorkerState.BACKING_OFF;
import static io.livepatch.supervisor.WorkerState.DRAINING;
import static io.livepatch.supervisor.WorkerState.FAILED;
import static io.livepatch.supervisor.WorkerState.STARTING;
import static io.livepatch.supervisor.WorkerState.STOPPED;
import static io.livepatch.supervisor.WorkerState.STOPPING;
import static io.livepatch.supervisor.engine.Worker.Transition.seconds;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.engine.ProcessRun.BalancerState;
import io.livepatch.supervisor.engine.Worker.StopRequest;
import io.livepatch.supervisor.engine.Worker.StopRequest.Then;
import io.livepatch.supervisor.engine.Worker.Transition;
import io.livepatch.supervisor.engine.WorkerAction.Kill;
import io.livepatch.supervisor.engine.WorkerAction.StartTimer;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The life of a worker: a pure function of the worker, an event, the time and a source of random numbers. {@link HealthEvaluator}
 * evaluates the worker while it runs.
 */
final class WorkerStateMachine {

    /** How long the kernel may take to end a killed process before the supervisor stops waiting for it. */
    static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

    /** How long a balancer may take to answer, beyond the drain time. */
    private static final Duration DRAIN_SLACK = Duration.ofSeconds(2);

    private final PoolSpec spec;
    private final RandomGenerator random;
    private final HealthEvaluator healthEvaluator;

    WorkerStateMachine(PoolSpec spec, RandomGenerator random) {
        this.spec = spec;
        this.random = random;
        this.healthEvaluator = new HealthEvaluator(spec, random);
    }

    Transition step(Worker worker, WorkerEvent event, Instant now) {
        return switch (event) {
            case WorkerEvent.Start(var reason) -> start(worker, reason, now);
            case WorkerEvent.Stop(var reason) -> stop(worker, reason, now);
            case WorkerEvent.Restart(var reason) -> restart(worker, reason, now);
            case WorkerEvent.KillHung() -> killHung(worker, now);
            case WorkerEvent.ForceStop() -> forceStop(worker, now);
            case WorkerEvent.OfRun stale when stale.run() != worker.run().number() -> Transition.of(worker);
            case WorkerEvent.Launched(int run, long pid) ->
                launched(worker.with(worker.run().launched(pid, now)), now);
            case WorkerEvent.LaunchFailed(int run, String why) -> launchFailed(worker, why, now);
            case WorkerEvent.Exited(int run, var status) -> exited(worker.exited(status), status, now);
            case WorkerEvent.Checked checked -> checked(worker, checked, now);
            case WorkerEvent.EnteredBalancer(int run, var failure) ->
                healthEvaluator.enteredBalancer(worker, failure, now);
            case WorkerEvent.LeftBalancer(int run) -> leftBalancer(worker, now);
            case WorkerEvent.Measured(int run, var usage) -> healthEvaluator.measured(worker, usage);
            case WorkerEvent.TimerExpired(int run, WorkerTimer timer) -> timerExpired(worker, timer, now);
        };
    }

    Transition restartChecks(Worker worker, Instant now) {
        return healthEvaluator.restartChecks(worker, now);
    }

    private static Transition start(Worker worker, Optional<ReplacementReason> reason, Instant now) {
        boolean vacant = worker.state() == STOPPED && !worker.hasProcess();
        return vacant ? launch(worker, reason, now) : Transition.of(worker);
    }

    private Transition stop(Worker worker, ReplacementReason reason, Instant now) {
        StopRequest stopping = new StopRequest(reason, now, Then.NOTHING, false);
        return switch (worker.state()) {
            case STARTING -> {
                // There is no process to signal yet; it is stopped after its launch. The timer covers a fork that never
                // returns.
                Duration timeout = spec.stop().timeout().plus(KILL_TIMEOUT);
                yield Transition.of(
                        worker.to(STOPPING, now).with(stopping), timer(worker, WorkerTimer.GIVE_UP, timeout));
            }
            case RUNNING, READY -> leaveBalancer(worker, stopping, now);
            case DRAINING, STOPPING ->
                Transition.of(worker.with(worker.stopping().withoutRestart(reason)));
            case BACKING_OFF, FAILED -> Transition.of(worker.to(STOPPED, now).withoutProblem());
            case STOPPED -> Transition.of(worker);
        };
    }

    private Transition restart(Worker worker, ReplacementReason reason, Instant now) {
        return switch (worker.state()) {
            case RUNNING, READY -> leaveBalancer(worker, new StopRequest(reason, now, Then.START, false), now);
            case BACKING_OFF, FAILED -> launch(worker.withCrashes(0), Optional.of(reason), now);
            case STARTING, DRAINING, STOPPING, STOPPED -> Transition.of(worker);
        };
    }

    /** Drains a worker that is in the balancer before it terminates it. */
    private Transition leaveBalancer(Worker worker, StopRequest stopping, Instant now) {
        Worker leaving = worker.with(stopping);
        if (worker.run().balancerState() == BalancerState.OUT) {
            return terminate(leaving.to(STOPPING, now));
        }
        return Transition.of(
                leaving.to(DRAINING, now),
                new WorkerAction.LeaveBalancer(worker.run().number()),
                timer(worker, WorkerTimer.DRAIN, spec.listening().drain().plus(DRAIN_SLACK)));
    }

    private Transition leftBalancer(Worker worker, Instant now) {
        return worker.state() == DRAINING ? terminate(worker.to(STOPPING, now)) : Transition.of(worker);
    }

    private static Transition forceStop(Worker worker, Instant now) {
        if (worker.state() != STOPPING && worker.state() != DRAINING) {
            return Transition.of(worker);
        }
        Worker stopping = worker.state() == DRAINING ? worker.to(STOPPING, now) : worker;
        Worker forced = stopping.with(worker.stopping().byForce());
        StartTimer giveUp = timer(worker, WorkerTimer.GIVE_UP, KILL_TIMEOUT);
        return worker.hasProcess() ? Transition.of(forced, new Kill(), giveUp) : Transition.of(forced, giveUp);
    }

    private Transition launched(Worker worker, Instant now) {
        return switch (worker.state()) {
            case STARTING -> healthEvaluator.launched(worker, now);
            case STOPPING -> worker.stopping().forced() ? Transition.of(worker, new Kill()) : terminate(worker);
            // The launch took longer than GIVE_UP allows, so no slot manages this process.
            case STOPPED -> Transition.of(worker, new Kill());
            case RUNNING, READY, DRAINING, BACKING_OFF, FAILED ->
                throw new IllegalStateException("launched while " + worker.state() + ": a second process of one run");
        };
    }

    private Transition launchFailed(Worker worker, String why, Instant now) {
        return switch (worker.state()) {
            case STARTING -> crashed(worker.withoutExit(), why, now);
            case STOPPING -> stopped(worker.withoutExit().withProblem(why), now);
            case RUNNING, READY, DRAINING, BACKING_OFF, FAILED, STOPPED -> Transition.of(worker);
        };
    }

    private Transition exited(Worker worker, ExitStatus status, Instant now) {
        return switch (worker.state()) {
            case RUNNING, READY -> {
                String how = "ended by itself with %s after %s".formatted(status, seconds(worker.uptime(now)));
                yield ended(worker, how, status.code() != 0, now);
            }
            case DRAINING, STOPPING -> stopped(worker, now);
            case STARTING, BACKING_OFF, FAILED, STOPPED -> Transition.of(worker);
        };
    }

    private Transition checked(Worker worker, WorkerEvent.Checked event, Instant now) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        return switch (event.type()) {
            case READY -> healthEvaluator.readyChecked(worker, event.failure(), now);
            case LIVE -> {
                HealthEvaluator.LiveResult result = healthEvaluator.liveChecked(worker, event.failure(), now);
                yield result.failedStart()
                        .map(problem -> failedStart(result.transition().worker().withProblem(problem), now))
                        .orElse(result.transition());
            }
        };
    }

    /** A process that never passed a live check serves nothing, so it is stopped without a replacement, which counts as a crash. */
    private Transition failedStart(Worker worker, Instant now) {
        boolean unanswered = worker.run().live().unanswered() > 0;
        StopRequest stopping = new StopRequest(ReplacementReason.CRASH, now, Then.BACK_OFF, unanswered);
        return unanswered ? kill(worker, stopping, now) : leaveBalancer(worker, stopping, now);
    }

    /** Whether its process gives no answer any more, so that only KILL will end it. */
    boolean hangs(Worker worker) {
        return healthEvaluator.hangs(worker);
    }

    private Transition killHung(Worker worker, Instant now) {
        if (!hangs(worker)) {
            return Transition.of(worker);
        }
        Worker hung =
                worker.withProblem(HealthEvaluator.hangProblem(worker.run().live()));
        return kill(hung, new StopRequest(ReplacementReason.HEALTH, now, Then.BACK_OFF, true), now);
    }

    private static Transition kill(Worker worker, StopRequest stopping, Instant now) {
        return Transition.of(
                worker.to(STOPPING, now).with(stopping), new Kill(), timer(worker, WorkerTimer.GIVE_UP, KILL_TIMEOUT));
    }

    private Transition timerExpired(Worker worker, WorkerTimer timer, Instant now) {
        return switch (timer) {
            case RETRY -> worker.state() == BACKING_OFF ? retry(worker, now) : Transition.of(worker);
            case READY_CHECK, LIVE_CHECK, ENTER_BALANCER, LIFESPAN -> healthEvaluator.timerExpired(worker, timer, now);
            case DRAIN -> leftBalancer(worker, now);
            case KILL ->
                worker.state() == STOPPING && worker.hasProcess()
                        ? Transition.of(worker, new Kill(), timer(worker, WorkerTimer.GIVE_UP, KILL_TIMEOUT))
                        : Transition.of(worker);
            case GIVE_UP -> worker.state() == STOPPING ? giveUpKilling(worker, now) : Transition.of(worker);
        };
    }

    private Transition retry(Worker worker, Instant now) {
        // The probe counters are still those of the process that ended.
        boolean hung = healthEvaluator.hung(worker.run());
        return launch(worker, Optional.of(hung ? ReplacementReason.HEALTH : ReplacementReason.CRASH), now);
    }

    private static Transition giveUpKilling(Worker worker, Instant now) {
        String what = worker.run().pid().map(pid -> "process " + pid).orElse("the start of its process");
        Worker stuck = worker.withProblem(
                "%s did not end within %s of being killed; the kernel holds it, look at its disk and its /proc/PID/stack"
                        .formatted(what, seconds(KILL_TIMEOUT)));
        // A restart keeps waiting in STOPPING: a second process beside the stuck one would share its ports and files.
        Worker next = worker.stopping().then() == Then.NOTHING ? stuck.to(STOPPED, now) : stuck;
        return worker.hasProcess() ? Transition.of(next, new Kill()) : Transition.of(next);
    }

    private Transition terminate(Worker worker) {
        return Transition.of(
                worker,
                new WorkerAction.Terminate(),
                timer(worker, WorkerTimer.KILL, spec.stop().timeout()));
    }

    private static StartTimer timer(Worker worker, WorkerTimer timer, Duration delay) {
        return new StartTimer(worker.run().number(), timer, delay);
    }

    private Transition stopped(Worker worker, Instant now) {
        return switch (worker.stopping().then()) {
            case NOTHING -> Transition.of(worker.withoutProblem().to(STOPPED, now));
            case START ->
                launch(worker.withCrashes(0), Optional.of(worker.stopping().reason()), now);
            case BACK_OFF -> crashed(worker, worker.problem().orElse("never passed a live check"), now);
        };
    }

    private static Transition launch(Worker worker, Optional<ReplacementReason> reason, Instant now) {
        Worker next = worker.to(STARTING, now).with(worker.run().next(now));
        return Transition.of(next, new WorkerAction.Launch(next.run().number(), reason));
    }

    private Transition crashed(Worker worker, String why, Instant now) {
        return ended(worker, why, true, now);
    }

    private Transition ended(Worker worker, String why, boolean failure, Instant now) {
        int before = spec.restart().forgives(worker.stableTime(now)) ? 0 : worker.crashes();
        Worker counted = worker.withCrashes(before + 1);
        if (!spec.restart().restartsAfter(failure)) {
            return Transition.of(counted.to(FAILED, now).withProblem(why));
        }
        if (spec.restart().givesUp(before)) {
            return Transition.of(counted.to(FAILED, now)
                    .withProblem("%s; given up after %d restarts in vain".formatted(why, before)));
        }
        Duration pause = spec.restart().pause(before, random);
        return Transition.of(
                counted.to(BACKING_OFF, now).withProblem("%s; next start in %s".formatted(why, seconds(pause))),
                timer(worker, WorkerTimer.RETRY, pause));
    }
}
