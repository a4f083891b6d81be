package io.livepatch.fleet.replica;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Generator;
import io.livepatch.fleet.figures.Latency;
import java.util.Optional;
import java.util.UUID;

/**
 * What one process has done of a flock.
 *
 * @param order the start of the flock that it belongs to
 * @param sequence larger in what is told later
 * @param ended it will do no more
 * @param problem why it does nothing of it
 */
record Share(String order, UUID incarnation, long sequence, boolean ended, Optional<String> problem, Figures figures) {

    static Share later(Share one, Share other) {
        return one.sequence >= other.sequence ? one : other;
    }

    /** What a process did that is no more: its machines are no longer alive, or alive elsewhere. */
    Share lost() {
        Generator before = figures.generator();
        Generator after = before.plus(new Generator(Latency.NONE, 0, -before.machines()));
        return new Share(order, incarnation, sequence, ended, problem, figures.with(after));
    }
}
