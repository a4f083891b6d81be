package io.livepatch.supervisor;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * How long a worker that ended by itself waits for its next start: never less than {@code initial}, so that a crash loop
 * cannot spin; at most a ceiling that doubles with each crash up to {@code cap}. A worker that ran for {@code stableAfter} is
 * forgiven and begins anew. Planned recycles never count.
 *
 * @param jitter which part of the room between {@code initial} and the ceiling is left to chance, from 0 (none) to 1 (all),
 *     so that workers felled by one cause do not come back in step
 * @param maxCrashes how many restarts after unforgiven crashes a worker gets before it is given up; without it, no end
 */
public record RestartPolicy(
        Duration initial, Duration cap, double jitter, Duration stableAfter, OptionalInt maxCrashes) {

    /** From 200 ms up to 30 s, all of it jittered; forgiven after 30 s; never given up. */
    public static final RestartPolicy DEFAULT = new RestartPolicy(
            Duration.ofMillis(200), Duration.ofSeconds(30), 1.0, Duration.ofSeconds(30), OptionalInt.empty());

    /** 2^30 times any initial pause is beyond any sane cap; a larger shift would overflow. */
    private static final int MAX_DOUBLINGS = 30;

    public RestartPolicy {
        Preconditions.positive(initial, "initial pause");
        Preconditions.that(
                cap.compareTo(initial) >= 0, "cap of pauses", cap, "it must not be below the initial " + initial);
        Preconditions.that(cap.compareTo(Duration.ofDays(1)) <= 0, "cap of pauses", cap, "at most a day");
        Preconditions.that(jitter >= 0 && jitter <= 1, "jitter", jitter, "it must be from 0 to 1");
        Preconditions.positive(stableAfter, "stable time");
        maxCrashes.ifPresent(it -> Preconditions.that(it >= 0, "number of restarts", it, "it must not be negative"));
    }

    public RestartPolicy withMaxCrashes(int crashes) {
        return new RestartPolicy(initial, cap, jitter, stableAfter, OptionalInt.of(crashes));
    }

    /** The pause after a crash that {@code crashes} others came before, without a stable time in between. */
    public Duration pause(int crashes, RandomGenerator random) {
        double doubled = (double) initial.toNanos() * (1 << Math.min(crashes + 1, MAX_DOUBLINGS));
        double room = Math.min(doubled, (double) cap.toNanos()) - (double) initial.toNanos();
        double drawn = room * (1 - jitter * random.nextDouble());
        return initial.plusNanos((long) drawn);
    }

    /** Whether a worker that ran for so long begins anew. */
    public boolean forgives(Duration uptime) {
        return uptime.compareTo(stableAfter) >= 0;
    }

    /** Whether a worker with so many unforgiven crashes before this one is started no more. */
    public boolean givesUp(int crashes) {
        return maxCrashes.isPresent() && crashes >= maxCrashes.getAsInt();
    }
}
