package io.livepatch.supervisor.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The behavior of a simulated process.
 *
 * @param missing there is no such program
 * @param start from the request until the launch
 * @param ready from launch until its ready check passes; never, if empty
 * @param crash from launch until it ends by itself
 * @param hang from launch until it no longer passes its live check
 * @param mute whether it then gives no answer at all, like a stopped process, instead of a bad one
 * @param leak from launch until it exceeds its memory limit
 * @param stop from the stop signal until it ends; never, if empty
 * @param kill from KILL until it ends
 */
record SimulatedBehavior(
        boolean missing,
        Duration start,
        Optional<Duration> ready,
        Optional<Duration> crash,
        Optional<Duration> hang,
        boolean mute,
        Optional<Duration> leak,
        Optional<Duration> stop,
        Duration kill) {

    /** Starts, becomes ready and stops in time. */
    static SimulatedBehavior good(RandomGenerator random) {
        return new SimulatedBehavior(
                false,
                Duration.ofMillis(random.nextInt(200)),
                Optional.of(Duration.ofMillis(random.nextInt(3_000))),
                Optional.empty(),
                Optional.empty(),
                false,
                random.nextInt(3) == 0 ? Optional.of(Duration.ofMillis(random.nextInt(60_000))) : Optional.empty(),
                Optional.of(Duration.ofMillis(random.nextInt(3_000))),
                Duration.ZERO);
    }

    /** May crash, hang, leak or ignore signals. */
    static SimulatedBehavior bad(RandomGenerator random) {
        return new SimulatedBehavior(
                random.nextInt(6) == 0,
                Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(9_000) : random.nextInt(50)),
                random.nextInt(6) == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(random.nextInt(5_000))),
                switch (random.nextInt(4)) {
                    case 0 -> Optional.of(Duration.ZERO);
                    case 1 -> Optional.of(Duration.ofMillis(random.nextInt(2_000)));
                    case 2 -> Optional.of(Duration.ofMillis(random.nextInt(120_000)));
                    default -> Optional.empty();
                },
                random.nextInt(4) == 0 ? Optional.of(Duration.ofMillis(random.nextInt(60_000))) : Optional.empty(),
                random.nextInt(3) > 0,
                random.nextInt(4) == 0 ? Optional.of(Duration.ofMillis(random.nextInt(60_000))) : Optional.empty(),
                random.nextInt(3) == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(random.nextInt(15_000))),
                Duration.ofMillis(random.nextInt(3_000)));
    }
}
