package io.livepatch.fleet.flock;

import java.time.Duration;
import java.util.List;

/** The load model: when iterations start. */
public sealed interface Load {

    /** A monkey starts an iteration after its previous one and a pause, so a slow server gets less load. */
    record Closed() implements Load {}

    /**
     * Iterations start when they are due, whatever the state of earlier ones. The final rate of the last stage holds until the end of the
     * flock.
     */
    record Open(Arrivals arrivals, List<Stage> stages) implements Load {
        public Open {
            stages = List.copyOf(stages);
            if (stages.isEmpty()) {
                throw new IllegalArgumentException("an open load needs a rate or stages");
            }
        }
    }

    /** The distribution of arrivals around the rate. */
    enum Arrivals {
        /** Evenly spaced. */
        CONSTANT,
        /** Independent of each other, as of many machines. */
        POISSON
    }

    /** A period in which the rate changes linearly. */
    record Stage(Duration length, Rate from, Rate to) {
        public Stage {
            if (!length.isPositive()) {
                throw new IllegalArgumentException("the length '%s' of a stage is not positive".formatted(length));
            }
        }
    }
}
