package io.livepatch.supervisor.engine;

import java.time.Instant;
import java.util.Optional;

/**
 * One worker at one moment: all that {@link WorkerLife} needs to decide what comes next.
 *
 * @param run number of the latest start; tells what belongs to an earlier process from what belongs to this one
 * @param pid the process of that run, from its launch to its end, whatever the state
 * @param launchedAt when that process began; its uptime decides on forgiveness
 * @param crashes how many unwished ends came without a stable time in between
 * @param again whether a start follows the stop that is under way
 * @param hurry whether the stop that is under way gives no grace
 */
record Worker(
        WorkerState state,
        Instant since,
        int run,
        Optional<Long> pid,
        Instant launchedAt,
        int crashes,
        boolean again,
        boolean hurry,
        Optional<ExitStatus> lastExit,
        Optional<String> problem) {

    static Worker stopped(Instant now) {
        return new Worker(
                WorkerState.STOPPED,
                now,
                0,
                Optional.empty(),
                now,
                0,
                false,
                false,
                Optional.empty(),
                Optional.empty());
    }

    /** Moves to another state; a move outside the table is a defect of the caller. */
    Worker to(WorkerState next, Instant now) {
        if (!state.next().contains(next)) {
            throw new IllegalStateException("a worker cannot go from " + state + " to " + next);
        }
        return new Worker(next, now, run, pid, launchedAt, crashes, again, hurry, lastExit, problem);
    }

    Worker nextRun() {
        return new Worker(
                state, since, run + 1, Optional.empty(), launchedAt, crashes, false, false, lastExit, problem);
    }

    Worker launched(long process, Instant now) {
        return new Worker(state, since, run, Optional.of(process), now, crashes, again, hurry, lastExit, problem);
    }

    Worker exited(ExitStatus status) {
        return new Worker(
                state, since, run, Optional.empty(), launchedAt, crashes, again, hurry, Optional.of(status), problem);
    }

    Worker withCrashes(int count) {
        return new Worker(state, since, run, pid, launchedAt, count, again, hurry, lastExit, problem);
    }

    Worker withAgain(boolean start) {
        return new Worker(state, since, run, pid, launchedAt, crashes, start, hurry, lastExit, problem);
    }

    Worker withHurry() {
        return new Worker(state, since, run, pid, launchedAt, crashes, again, true, lastExit, problem);
    }

    Worker withProblem(String text) {
        return withProblem(Optional.of(text));
    }

    Worker withoutProblem() {
        return withProblem(Optional.empty());
    }

    private Worker withProblem(Optional<String> text) {
        return new Worker(state, since, run, pid, launchedAt, crashes, again, hurry, lastExit, text);
    }
}
