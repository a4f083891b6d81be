package io.livepatch.supervisor.engine;

import static io.livepatch.supervisor.WorkerState.BACKING_OFF;
import static io.livepatch.supervisor.WorkerState.READY;
import static io.livepatch.supervisor.WorkerState.RUNNING;
import static io.livepatch.supervisor.WorkerState.STARTING;
import static io.livepatch.supervisor.WorkerState.STOPPED;
import static io.livepatch.supervisor.WorkerState.STOPPING;

import io.livepatch.supervisor.WorkerAction.Check;
import io.livepatch.supervisor.WorkerAction.Kill;
import io.livepatch.supervisor.WorkerAction.Launch;
import io.livepatch.supervisor.WorkerAction.Terminate;
import io.livepatch.supervisor.WorkerAction.Wake;
import io.livepatch.supervisor.WorkerEvent.Checked;
import io.livepatch.supervisor.WorkerEvent.Exited;
import io.livepatch.supervisor.WorkerEvent.Hurry;
import io.livepatch.supervisor.WorkerEvent.LaunchFailed;
import io.livepatch.supervisor.WorkerEvent.Launched;
import io.livepatch.supervisor.WorkerEvent.OfRun;
import io.livepatch.supervisor.WorkerEvent.Restart;
import io.livepatch.supervisor.WorkerEvent.Start;
import io.livepatch.supervisor.WorkerEvent.Stop;
import io.livepatch.supervisor.WorkerEvent.TimeUp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The rules of a worker's life: (worker, event, now) → (worker, actions), without a clock, a thread or a process. Given equal
 * random numbers, equal inputs have equal answers.
 */
final class WorkerLife {

    /** How long the kernel may take to end a killed process, before nobody waits for it any longer. */
    static final Duration KILL_PATIENCE = Duration.ofSeconds(10);

    private final StopPolicy stop;
    private final RestartPolicy restart;
    private final Optional<ReadyCheck> ready;
    private final RandomGenerator random;

    WorkerLife(StopPolicy stop, RestartPolicy restart, Optional<ReadyCheck> ready, RandomGenerator random) {
        this.stop = stop;
        this.restart = restart;
        this.ready = ready;
        this.random = random;
    }

    /** A worker and what must be done for it to be so. */
    record Step(Worker worker, List<WorkerAction> actions) {
        static Step of(Worker worker, WorkerAction... actions) {
            return new Step(worker, List.of(actions));
        }
    }

    Step step(Worker worker, WorkerEvent event, Instant now) {
        return switch (event) {
            case Start() -> start(worker, now);
            case Stop() -> stop(worker, now);
            case Restart() -> restart(worker, now);
            case Hurry() -> hurry(worker);
            case OfRun news when news.run() != worker.run() -> Step.of(worker);
            case Launched(int run, long pid) -> launched(worker.launched(pid, now), now);
            case LaunchFailed(int run, String why) -> launchFailed(worker, why, now);
            case Exited(int run, ExitStatus status) -> exited(worker.exited(status), now);
            case Checked(int run, Optional<String> failure) -> checked(worker, failure, now);
            case TimeUp(int run, WorkerTimer timer) -> timeUp(worker, timer, now);
        };
    }

    private static Step start(Worker worker, Instant now) {
        boolean gone = worker.state() == STOPPED && worker.pid().isEmpty();
        return gone ? launch(worker, now) : Step.of(worker);
    }

    private Step stop(Worker worker, Instant now) {
        return switch (worker.state()) {
            case STARTING -> {
                // Nothing to signal yet: the signal follows the launch. Should that never return, this ends it.
                Duration patience = stop.timeout().plus(KILL_PATIENCE);
                yield Step.of(worker.to(STOPPING, now), new Wake(worker.run(), WorkerTimer.GIVE_UP, patience));
            }
            case RUNNING, READY -> terminate(worker.to(STOPPING, now));
            case STOPPING -> Step.of(worker.withAgain(false));
            case BACKING_OFF -> Step.of(worker.to(STOPPED, now).withoutProblem());
            case STOPPED -> Step.of(worker);
        };
    }

    private Step restart(Worker worker, Instant now) {
        return switch (worker.state()) {
            case RUNNING, READY -> terminate(worker.to(STOPPING, now).withAgain(true));
            case BACKING_OFF -> launch(worker.withCrashes(0), now);
            case STARTING, STOPPING, STOPPED -> Step.of(worker);
        };
    }

    private static Step hurry(Worker worker) {
        if (worker.state() != STOPPING) {
            return Step.of(worker);
        }
        Wake giveUp = new Wake(worker.run(), WorkerTimer.GIVE_UP, KILL_PATIENCE);
        return worker.pid().isPresent()
                ? Step.of(worker.withHurry(), new Kill(), giveUp)
                : Step.of(worker.withHurry(), giveUp);
    }

    private Step launched(Worker worker, Instant now) {
        return switch (worker.state()) {
            case STARTING ->
                ready.isPresent()
                        ? Step.of(worker.to(RUNNING, now), new Check(worker.run()))
                        : Step.of(worker.to(READY, now).withoutProblem());
            case STOPPING -> worker.hurry() ? Step.of(worker, new Kill()) : terminate(worker);
            // Given up on before it came: nothing may run that nobody watches.
            case STOPPED -> Step.of(worker, new Kill());
            case RUNNING, READY, BACKING_OFF ->
                throw new IllegalStateException("launched while " + worker.state() + ": a second process of one run");
        };
    }

    private Step launchFailed(Worker worker, String why, Instant now) {
        return switch (worker.state()) {
            case STARTING -> backOff(worker, worker.crashes(), why, now);
            case STOPPING -> stopped(worker.withProblem(why), now);
            case RUNNING, READY, BACKING_OFF, STOPPED -> Step.of(worker);
        };
    }

    private Step exited(Worker worker, Instant now) {
        return switch (worker.state()) {
            case RUNNING, READY -> {
                Duration uptime = Duration.between(worker.launchedAt(), now);
                int crashes = restart.forgives(uptime) ? 0 : worker.crashes();
                String how = worker.lastExit().map(ExitStatus::toString).orElse("no exit status");
                yield backOff(worker, crashes, "ended by itself with %s after %s".formatted(how, seconds(uptime)), now);
            }
            case STOPPING -> stopped(worker.withoutProblem(), now);
            case STARTING, BACKING_OFF, STOPPED -> Step.of(worker);
        };
    }

    private Step checked(Worker worker, Optional<String> failure, Instant now) {
        if (worker.state() != RUNNING && worker.state() != READY) {
            return Step.of(worker);
        }
        Worker judged =
                failure.map(why -> worker.withProblem("not ready: " + why)).orElseGet(worker::withoutProblem);
        WorkerState verdict = failure.isEmpty() ? READY : RUNNING;
        Worker next = verdict == worker.state() ? judged : judged.to(verdict, now);
        Duration interval = ready.map(ReadyCheck::interval).orElseThrow();
        return Step.of(next, new Wake(worker.run(), WorkerTimer.CHECK, interval));
    }

    private Step timeUp(Worker worker, WorkerTimer timer, Instant now) {
        return switch (timer) {
            case RETRY -> worker.state() == BACKING_OFF ? launch(worker, now) : Step.of(worker);
            case CHECK ->
                worker.state() == RUNNING || worker.state() == READY
                        ? Step.of(worker, new Check(worker.run()))
                        : Step.of(worker);
            case KILL ->
                worker.state() == STOPPING && worker.pid().isPresent()
                        ? Step.of(worker, new Kill(), new Wake(worker.run(), WorkerTimer.GIVE_UP, KILL_PATIENCE))
                        : Step.of(worker);
            case GIVE_UP -> worker.state() == STOPPING ? giveUp(worker, now) : Step.of(worker);
        };
    }

    private static Step giveUp(Worker worker, Instant now) {
        String who = worker.pid().map(pid -> "process " + pid).orElse("the start of its process");
        Worker known = worker.withProblem(
                "%s did not end within %s of being killed; the kernel holds it, look at its disk and its /proc/PID/stack"
                        .formatted(who, seconds(KILL_PATIENCE)));
        // A restart waits on, visibly: two processes at once would be worse than none.
        Worker next = worker.again() ? known : known.to(STOPPED, now);
        return worker.pid().isPresent() ? Step.of(next, new Kill()) : Step.of(next);
    }

    private Step terminate(Worker worker) {
        return Step.of(worker, new Terminate(), new Wake(worker.run(), WorkerTimer.KILL, stop.timeout()));
    }

    private static Step stopped(Worker worker, Instant now) {
        return worker.again() ? launch(worker.withCrashes(0), now) : Step.of(worker.to(STOPPED, now));
    }

    private static Step launch(Worker worker, Instant now) {
        Worker next = worker.to(STARTING, now).nextRun();
        return Step.of(next, new Launch(next.run()));
    }

    private Step backOff(Worker worker, int crashes, String why, Instant now) {
        Duration pause = restart.pause(crashes, random);
        Worker next = worker.to(BACKING_OFF, now)
                .withCrashes(crashes + 1)
                .withProblem("%s; next start in %s".formatted(why, seconds(pause)));
        return Step.of(next, new Wake(worker.run(), WorkerTimer.RETRY, pause));
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
