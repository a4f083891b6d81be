package io.livepatch.supervisor.engine;

import static io.livepatch.supervisor.WorkerState.BACKING_OFF;
import static io.livepatch.supervisor.WorkerState.DRAINING;
import static io.livepatch.supervisor.WorkerState.FAILED;
import static io.livepatch.supervisor.WorkerState.STARTING;
import static io.livepatch.supervisor.WorkerState.STOPPED;
import static io.livepatch.supervisor.WorkerState.STOPPING;
import static io.livepatch.supervisor.engine.Worker.Transition.seconds;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.engine.Worker.StopRequest;
import io.livepatch.supervisor.engine.Worker.Transition;
import io.livepatch.supervisor.engine.WorkerAction.Kill;
import io.livepatch.supervisor.engine.WorkerAction.Launch;
import io.livepatch.supervisor.engine.WorkerAction.Leave;
import io.livepatch.supervisor.engine.WorkerAction.Terminate;
import io.livepatch.supervisor.engine.WorkerAction.Wake;
import io.livepatch.supervisor.engine.WorkerEvent.Checked;
import io.livepatch.supervisor.engine.WorkerEvent.Entered;
import io.livepatch.supervisor.engine.WorkerEvent.Exited;
import io.livepatch.supervisor.engine.WorkerEvent.Hurry;
import io.livepatch.supervisor.engine.WorkerEvent.KillHung;
import io.livepatch.supervisor.engine.WorkerEvent.LaunchFailed;
import io.livepatch.supervisor.engine.WorkerEvent.Launched;
import io.livepatch.supervisor.engine.WorkerEvent.Left;
import io.livepatch.supervisor.engine.WorkerEvent.Measured;
import io.livepatch.supervisor.engine.WorkerEvent.OfRun;
import io.livepatch.supervisor.engine.WorkerEvent.Restart;
import io.livepatch.supervisor.engine.WorkerEvent.Start;
import io.livepatch.supervisor.engine.WorkerEvent.Stop;
import io.livepatch.supervisor.engine.WorkerEvent.TimeUp;
import io.livepatch.supervisor.engine.WorkerEvent.WorkerTimer;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What comes next for a worker: a pure function of the worker, an event, the time and the dice. {@link HealthEvaluator} is its other
 * half: what is thought of a process while it works.
 */
final class WorkerStateMachine {

    /** How long the kernel may take to end a killed process, before nobody waits for it any longer. */
    static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

    /** What a balancer may take beyond the drain itself, to answer. */
    static final Duration DRAIN_SLACK = Duration.ofSeconds(2);

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
            case Start(var reason) -> start(worker, reason, now);
            case Stop(ReplacementReason reason) -> stop(worker, reason, now);
            case Restart(ReplacementReason reason) -> restart(worker, reason, now);
            case KillHung() -> killHung(worker, now);
            case Hurry() -> hurry(worker, now);
            case OfRun news when news.run() != worker.run().number() -> Transition.of(worker);
            case Launched(int run, long pid) ->
                launched(worker.with(worker.run().launched(pid, now)), now);
            case LaunchFailed(int run, String why) -> launchFailed(worker, why, now);
            case Exited(int run, ExitStatus status) -> exited(worker.exited(status), worker.uptime(now), now);
            case Checked(int run, var look, var failure) -> checked(worker, look, failure, now);
            case Entered(int run, var failure) -> healthEvaluator.entered(worker, failure, now);
            case Left(int run) -> left(worker, now);
            case Measured(int run, var usage) -> healthEvaluator.measured(worker, usage);
            case TimeUp(int run, WorkerTimer timer) -> timeUp(worker, timer, now);
        };
    }

    /** Its pool has another spec now, and this is the life by it. */
    Transition adopt(Worker worker, Instant now) {
        return healthEvaluator.rejudge(worker, now);
    }

    private static Transition start(Worker worker, Optional<ReplacementReason> reason, Instant now) {
        boolean gone = worker.state() == STOPPED && !worker.hasProcess();
        return gone ? launch(worker, reason, now) : Transition.of(worker);
    }

    private Transition stop(Worker worker, ReplacementReason reason, Instant now) {
        StopRequest goodbye = new StopRequest(reason, now, StopRequest.Then.NOTHING, false);
        return switch (worker.state()) {
            case STARTING -> {
                // Nothing to signal yet: the signal follows the launch. Should that never return, this ends it.
                Duration patience = spec.stop().timeout().plus(KILL_PATIENCE);
                Worker next = worker.to(STOPPING, now).with(goodbye);
                yield Transition.of(next, new Wake(worker.run().number(), WorkerTimer.GIVE_UP, patience));
            }
            case RUNNING, READY -> leave(worker, goodbye, now);
            case DRAINING, STOPPING ->
                Transition.of(worker.with(worker.stopping().forGood(reason)));
            case BACKING_OFF, FAILED -> Transition.of(worker.to(STOPPED, now).withoutProblem());
            case STOPPED -> Transition.of(worker);
        };
    }

    private Transition restart(Worker worker, ReplacementReason reason, Instant now) {
        return switch (worker.state()) {
            case RUNNING, READY -> leave(worker, new StopRequest(reason, now, StopRequest.Then.START, false), now);
            case BACKING_OFF, FAILED -> launch(worker.withCrashes(0), Optional.of(reason), now);
            case STARTING, DRAINING, STOPPING, STOPPED -> Transition.of(worker);
        };
    }

    /** Out of the balancer first, if it is in, and only then told to end. */
    private Transition leave(Worker worker, StopRequest stopping, Instant now) {
        Worker going = worker.with(stopping);
        if (worker.run().entry() == ProcessRun.Entry.OUTSIDE) {
            return terminate(going.to(STOPPING, now));
        }
        Duration patience = drain().plus(DRAIN_SLACK);
        return Transition.of(
                going.to(DRAINING, now),
                new Leave(worker.run().number()),
                new Wake(worker.run().number(), WorkerTimer.DRAIN, patience));
    }

    private Duration drain() {
        return spec.listening() instanceof Listening.Proxied proxied ? proxied.drain() : Duration.ZERO;
    }

    private Transition left(Worker worker, Instant now) {
        return worker.state() == DRAINING ? terminate(worker.to(STOPPING, now)) : Transition.of(worker);
    }

    private static Transition hurry(Worker worker, Instant now) {
        if (worker.state() != STOPPING && worker.state() != DRAINING) {
            return Transition.of(worker);
        }
        Worker stopping = worker.state() == DRAINING ? worker.to(STOPPING, now) : worker;
        Worker hurried = stopping.with(worker.stopping().hurried());
        Wake giveUp = new Wake(worker.run().number(), WorkerTimer.GIVE_UP, KILL_PATIENCE);
        return worker.hasProcess() ? Transition.of(hurried, new Kill(), giveUp) : Transition.of(hurried, giveUp);
    }

    private Transition launched(Worker worker, Instant now) {
        return switch (worker.state()) {
            case STARTING -> healthEvaluator.begin(worker, now);
            case STOPPING -> worker.stopping().hurry() ? Transition.of(worker, new Kill()) : terminate(worker);
            // Given up on before it came: nothing may run that nobody watches.
            case STOPPED -> Transition.of(worker, new Kill());
            case RUNNING, READY, DRAINING, BACKING_OFF, FAILED ->
                throw new IllegalStateException("launched while " + worker.state() + ": a second process of one run");
        };
    }

    private Transition launchFailed(Worker worker, String why, Instant now) {
        return switch (worker.state()) {
            case STARTING -> crashed(worker, why, now);
            case STOPPING -> stopped(worker.withProblem(why), now);
            case RUNNING, READY, DRAINING, BACKING_OFF, FAILED, STOPPED -> Transition.of(worker);
        };
    }

    private Transition exited(Worker worker, Duration uptime, Instant now) {
        return switch (worker.state()) {
            case RUNNING, READY -> {
                String how = worker.lastExit().map(ExitStatus::toString).orElse("no exit status");
                yield crashed(worker, "ended by itself with %s after %s".formatted(how, seconds(uptime)), now);
            }
            case DRAINING, STOPPING -> stopped(worker, now);
            case STARTING, BACKING_OFF, FAILED, STOPPED -> Transition.of(worker);
        };
    }

    private Transition checked(Worker worker, WorkerEvent.Look look, Optional<ProbeFailure> failure, Instant now) {
        if (!worker.working()) {
            return Transition.of(worker);
        }
        return switch (look) {
            case READY -> healthEvaluator.ready(worker, failure, now);
            case LIVE -> {
                HealthEvaluator.Verdict verdict = healthEvaluator.live(worker, failure, now);
                yield verdict.hopeless().isEmpty() ? verdict.step() : failedStart(verdict, now);
            }
        };
    }

    /** A process that was never alive is no process to replace with care: it is ended, and that was a crash. */
    private Transition failedStart(HealthEvaluator.Verdict verdict, Instant now) {
        Worker worker = verdict.step().worker().withProblem(verdict.hopeless().orElseThrow());
        boolean silent = worker.run().live().silences() > 0;
        StopRequest stopping = new StopRequest(ReplacementReason.CRASH, now, StopRequest.Then.BACK_OFF, silent);
        return silent ? kill(worker, stopping, now) : leave(worker, stopping, now);
    }

    /** Whether its process gives no answer any more, so that only KILL will end it. */
    boolean hangs(Worker worker) {
        return healthEvaluator.hangs(worker);
    }

    private Transition killHung(Worker worker, Instant now) {
        if (!hangs(worker)) {
            return Transition.of(worker);
        }
        Worker known = worker.withProblem(HealthEvaluator.hung(worker.run().live()));
        return kill(known, new StopRequest(ReplacementReason.HEALTH, now, StopRequest.Then.BACK_OFF, true), now);
    }

    private static Transition kill(Worker worker, StopRequest stopping, Instant now) {
        return Transition.of(
                worker.to(STOPPING, now).with(stopping),
                new Kill(),
                new Wake(worker.run().number(), WorkerTimer.GIVE_UP, KILL_PATIENCE));
    }

    private Transition timeUp(Worker worker, WorkerTimer timer, Instant now) {
        return switch (timer) {
            case RETRY ->
                worker.state() == BACKING_OFF
                        ? launch(worker, Optional.of(afterEnd(worker)), now)
                        : Transition.of(worker);
            case READY_CHECK, LIVE_CHECK, ENTER, LIFESPAN -> healthEvaluator.timeUp(worker, timer, now);
            case DRAIN -> left(worker, now);
            case KILL ->
                worker.state() == STOPPING && worker.hasProcess()
                        ? Transition.of(
                                worker, new Kill(), new Wake(worker.run().number(), WorkerTimer.GIVE_UP, KILL_PATIENCE))
                        : Transition.of(worker);
            case GIVE_UP -> worker.state() == STOPPING ? abandon(worker, now) : Transition.of(worker);
        };
    }

    /** Why it is started again; the tally is still that of the process that ended. */
    private ReplacementReason afterEnd(Worker worker) {
        return healthEvaluator.hung(worker.run()) ? ReplacementReason.HEALTH : ReplacementReason.CRASH;
    }

    private static Transition abandon(Worker worker, Instant now) {
        String who = worker.run().pid().map(pid -> "process " + pid).orElse("the start of its process");
        Worker known = worker.withProblem(
                "%s did not end within %s of being killed; the kernel holds it, look at its disk and its /proc/PID/stack"
                        .formatted(who, seconds(KILL_PATIENCE)));
        // A restart waits on, visibly: two processes at once would be worse than none.
        Worker next = worker.stopping().then() == StopRequest.Then.NOTHING ? known.to(STOPPED, now) : known;
        return worker.hasProcess() ? Transition.of(next, new Kill()) : Transition.of(next);
    }

    private Transition terminate(Worker worker) {
        return Transition.of(
                worker,
                new Terminate(),
                new Wake(worker.run().number(), WorkerTimer.KILL, spec.stop().timeout()));
    }

    private Transition stopped(Worker worker, Instant now) {
        return switch (worker.stopping().then()) {
            case NOTHING -> Transition.of(worker.withoutProblem().to(STOPPED, now));
            case START ->
                launch(worker.withCrashes(0), Optional.of(worker.stopping().reason()), now);
            case BACK_OFF -> crashed(worker, worker.problem().orElse("it never worked"), now);
        };
    }

    private static Transition launch(Worker worker, Optional<ReplacementReason> reason, Instant now) {
        Worker next = worker.to(STARTING, now).with(worker.run().next(now));
        return Transition.of(next, new Launch(next.run().number(), reason));
    }

    private Transition crashed(Worker worker, String why, Instant now) {
        int before = spec.restart().forgives(worker.stable(now)) ? 0 : worker.crashes();
        Worker counted = worker.withCrashes(before + 1);
        if (spec.restart().givesUp(before)) {
            return Transition.of(counted.to(FAILED, now)
                    .withProblem("%s; given up after %d restarts in vain".formatted(why, before)));
        }
        Duration pause = spec.restart().pause(before, random);
        return Transition.of(
                counted.to(BACKING_OFF, now).withProblem("%s; next start in %s".formatted(why, seconds(pause))),
                new Wake(worker.run().number(), WorkerTimer.RETRY, pause));
    }
}
