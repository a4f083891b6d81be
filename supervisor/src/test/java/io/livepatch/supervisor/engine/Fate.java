package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What one process will do, whatever its supervisor wishes.
 *
 * @param missing there is no such program
 * @param start from the order until there is a process
 * @param ready from launch until its ready check passes; never, when empty
 * @param crash from launch until it ends by itself
 * @param hang from launch until it no longer passes its live check
 * @param mute whether it then gives no answer at all, as a process that is stopped, and not a wrong one
 * @param leak from launch until it uses more memory than it may
 * @param stop from being told until it ends; never, when empty
 * @param kill from being killed until it is gone
 */
record Fate(
        boolean missing,
        Duration start,
        Optional<Duration> ready,
        Optional<Duration> crash,
        Optional<Duration> hang,
        boolean mute,
        Optional<Duration> leak,
        Optional<Duration> stop,
        Duration kill) {

    /** Does what is wanted of it, in time. */
    static Fate good(RandomGenerator dice) {
        return new Fate(
                false,
                Duration.ofMillis(dice.nextInt(200)),
                Optional.of(Duration.ofMillis(dice.nextInt(3_000))),
                Optional.empty(),
                Optional.empty(),
                false,
                dice.nextInt(3) == 0 ? Optional.of(Duration.ofMillis(dice.nextInt(60_000))) : Optional.empty(),
                Optional.of(Duration.ofMillis(dice.nextInt(3_000))),
                Duration.ZERO);
    }

    /** Anything. */
    static Fate bad(RandomGenerator dice) {
        return new Fate(
                dice.nextInt(6) == 0,
                Duration.ofMillis(dice.nextInt(10) == 0 ? dice.nextInt(9_000) : dice.nextInt(50)),
                dice.nextInt(6) == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(dice.nextInt(5_000))),
                switch (dice.nextInt(4)) {
                    case 0 -> Optional.of(Duration.ZERO);
                    case 1 -> Optional.of(Duration.ofMillis(dice.nextInt(2_000)));
                    case 2 -> Optional.of(Duration.ofMillis(dice.nextInt(120_000)));
                    default -> Optional.empty();
                },
                dice.nextInt(4) == 0 ? Optional.of(Duration.ofMillis(dice.nextInt(60_000))) : Optional.empty(),
                dice.nextInt(3) > 0,
                dice.nextInt(4) == 0 ? Optional.of(Duration.ofMillis(dice.nextInt(60_000))) : Optional.empty(),
                dice.nextInt(3) == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(dice.nextInt(15_000))),
                Duration.ofMillis(dice.nextInt(3_000)));
    }
}
