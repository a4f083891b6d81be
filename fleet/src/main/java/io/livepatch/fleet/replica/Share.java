package io.livepatch.fleet.replica;

import io.livepatch.fleet.stats.GeneratorStats;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.SecondStats;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What one process has done of a flock.
 *
 * @param order the start of the flock that it belongs to
 * @param sequence larger in what is told later
 * @param ended it will do no more
 * @param problem why it does nothing of it
 * @param partial the figures lack seconds, which are as they were when all of them were told
 */
record Share(
        String order,
        UUID incarnation,
        long sequence,
        boolean ended,
        Optional<String> problem,
        boolean partial,
        RunStats figures) {

    Share with(List<SecondStats> slots, boolean lacking) {
        return new Share(order, incarnation, sequence, ended, problem, lacking, figures.with(slots));
    }

    /** What a process did that is no more: its machines are no longer alive, or alive elsewhere. */
    Share lost() {
        GeneratorStats before = figures.generator();
        GeneratorStats after = before.plus(new GeneratorStats(Latency.NONE, 0, -before.machines()));
        return new Share(order, incarnation, sequence, ended, problem, partial, figures.with(after));
    }
}
