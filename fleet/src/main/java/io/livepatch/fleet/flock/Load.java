package io.livepatch.fleet.flock;

import java.time.Duration;
import java.util.List;

/** When a monkey begins the next piece of its work. */
public sealed interface Load {

    /** When it has ended the last one and been idle for a while: a slow server gets less to do. */
    record Closed() implements Load {}

    /**
     * When it is due, whatever became of those before: monkeys take turns as {@code arrivals} say. After the last stage its final rate holds
     * until the flock's duration is over.
     */
    record Open(Arrivals arrivals, List<Stage> stages) implements Load {
        public Open {
            stages = List.copyOf(stages);
            if (stages.isEmpty()) {
                throw new IllegalArgumentException("an open load needs a rate or stages");
            }
        }
    }

    /** How the moments of an open load lie around its rate. */
    enum Arrivals {
        /** Evenly. */
        CONSTANT,
        /** Independently of each other, as of many machines that know nothing of each other. */
        POISSON
    }

    /** A part of an open load: the rate goes in a straight line from the first to the last. */
    record Stage(Duration length, Rate from, Rate to) {
        public Stage {
            if (!length.isPositive()) {
                throw new IllegalArgumentException("a stage of '%s' is no time at all".formatted(length));
            }
        }
    }
}
