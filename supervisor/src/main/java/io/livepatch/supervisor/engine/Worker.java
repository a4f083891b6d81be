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
 * One worker at one moment: all that {@link WorkerStateMachine} needs to decide what comes next.
 *
 * @param crashes how many unwished ends came without a stable time in between
 */
record Worker(
        WorkerState state,
        Instant since,
        ProcessRun run,
        int crashes,
        StopRequest stopping,
        Optional<ExitStatus> lastExit,
        Optional<String> problem) {

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

    /** Moves to another state; a move outside the table is a defect of the caller. */
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

    Worker exited(ExitStatus status) {
        return new Worker(state, since, run.gone(), crashes, stopping, Optional.of(status), problem);
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

    /** For how long its process has been of use. */
    Duration stable(Instant now) {
        return run.readyAt().map(since -> Duration.between(since, now)).orElse(Duration.ZERO);
    }

    /** Whether it does its work, or tries to. */
    boolean working() {
        return state == WorkerState.RUNNING || state == WorkerState.READY;
    }

    boolean hasProcess() {
        return run.pid().isPresent();
    }

    /**
     * A stop that is under way, or the last one there was.
     *
     * @param began with the first word to leave
     * @param hurry whether it gives no grace
     */
    record StopRequest(ReplacementReason reason, Instant began, Then then, boolean hurry) {

        /** What comes after it. */
        enum Then {
            NOTHING,
            /** Another start, at once. */
            START,
            /** It was a crash, and is followed by what follows a crash. */
            BACK_OFF
        }

        StopRequest forGood(ReplacementReason why) {
            return new StopRequest(why, began, Then.NOTHING, hurry);
        }

        StopRequest hurried() {
            return new StopRequest(reason, began, then, true);
        }
    }

    /** A worker and what must be done for it to be so. */
    record Transition(Worker worker, List<WorkerAction> actions) {

        static Transition of(Worker worker, WorkerAction... actions) {
            return new Transition(worker, List.of(actions));
        }

        Transition then(WorkerAction action) {
            List<WorkerAction> all = new ArrayList<>(actions);
            all.add(action);
            return new Transition(worker, List.copyOf(all));
        }

        /** As it stands in problems: {@code 1.5 s}. */
        static String seconds(Duration time) {
            return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
        }
    }
}
