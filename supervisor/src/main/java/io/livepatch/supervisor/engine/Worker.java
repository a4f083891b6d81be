package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The state of one worker, which {@link WorkerStateMachine} maps to the next one.
 *
 * @param crashes unrequested ends without a stable time in between
 * @param stopping the stop in progress, or else the latest one
 */
record Worker(
        WorkerState state,
        Instant since,
        ProcessRun run,
        int crashes,
        StopRequest stopping,
        Optional<ExitStatus> lastExit,
        Optional<String> problem) {

    /**
     * A request to stop a process.
     *
     * @param began when the drain started, or else the stop
     * @param forced whether the process is killed without its stop timeout
     */
    record StopRequest(ReplacementReason reason, Instant began, Then then, boolean forced) {

        /** What follows the end of the process. */
        enum Then {
            NOTHING,
            START,
            /** The stop counts as a crash. */
            BACK_OFF
        }

        StopRequest withoutRestart(ReplacementReason why) {
            return new StopRequest(why, began, Then.NOTHING, forced);
        }

        StopRequest byForce() {
            return new StopRequest(reason, began, then, true);
        }
    }

    /** A worker's next state and the actions that lead to it. */
    record Transition(Worker worker, List<WorkerAction> actions) {

        static Transition of(Worker worker, WorkerAction... actions) {
            return new Transition(worker, List.of(actions));
        }

        Transition then(WorkerAction action) {
            List<WorkerAction> all = new ArrayList<>(actions);
            all.add(action);
            return new Transition(worker, List.copyOf(all));
        }

        /** The format of durations in problems and logs, such as {@code 1.5 s}. */
        static String seconds(Duration time) {
            return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
        }
    }

    static Worker stopped(Instant now) {
        return new Worker(
                WorkerState.STOPPED,
                now,
                ProcessRun.none(now),
                0,
                new StopRequest(ReplacementReason.SHUTDOWN, now, StopRequest.Then.NOTHING, false),
                Optional.empty(),
                Optional.empty());
    }

    /** Changes the state; throws {@link IllegalStateException} unless {@link WorkerState#next()} allows it. */
    Worker to(WorkerState next, Instant now) {
        if (!state.next().contains(next)) {
            throw new IllegalStateException("a worker cannot go from " + state + " to " + next);
        }
        return new Worker(next, now, run, crashes, stopping, lastExit, problem);
    }

    Worker with(ProcessRun other) {
        return new Worker(state, since, other, crashes, stopping, lastExit, problem);
    }

    Worker with(StopRequest other) {
        return new Worker(state, since, run, crashes, other, lastExit, problem);
    }

    /** Its process could not be started, so an earlier exit status says nothing about it. */
    Worker withoutExit() {
        return new Worker(state, since, run, crashes, stopping, Optional.empty(), problem);
    }

    Worker exited(ExitStatus status) {
        return new Worker(state, since, run.ended(), crashes, stopping, Optional.of(status), problem);
    }

    Worker withCrashes(int count) {
        return new Worker(state, since, run, count, stopping, lastExit, problem);
    }

    Worker withProblem(String text) {
        return new Worker(state, since, run, crashes, stopping, lastExit, Optional.of(text));
    }

    Worker withoutProblem() {
        return new Worker(state, since, run, crashes, stopping, lastExit, Optional.empty());
    }

    Duration uptime(Instant now) {
        return Duration.between(run.launchedAt(), now);
    }

    /** The time since its process was first ready. */
    Duration stableTime(Instant now) {
        return run.readyAt().map(first -> Duration.between(first, now)).orElse(Duration.ZERO);
    }

    boolean working() {
        return state == WorkerState.RUNNING || state == WorkerState.READY;
    }

    boolean hasProcess() {
        return run.pid().isPresent();
    }
}
