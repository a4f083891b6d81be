package io.livepatch.fleet.flock;

import java.time.Duration;

/**
 * The steps in which a whole flock comes to life: batch {@code b} has the monkeys from {@code b * size}, and begins {@code b * pause} after the
 * common start.
 */
public record StartBatches(int size, Duration pause) {
    public StartBatches {
        if (size < 1 || pause.isNegative()) {
            throw new IllegalArgumentException(
                    "a batch needs one monkey or more, and no negative wait: '%d', '%s'".formatted(size, pause));
        }
    }

    /** All at once. */
    public static StartBatches one() {
        return new StartBatches(Integer.MAX_VALUE, Duration.ZERO);
    }

    /** After the common start. */
    public Duration begin(int monkey) {
        return pause.multipliedBy(monkey / size);
    }
}
