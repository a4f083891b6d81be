package io.livepatch.supervisor;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * Which processes that ended by themselves are started again, and after which pause. The backoff is exponential: at least {@code
 * initial}, so that a crash loop cannot spin, and at most a ceiling that doubles with each crash up to {@code cap}. A stable time of
 * {@code stableAfter} resets the count. Planned replacements do not count.
 *
 * @param jitter the random part of the range between {@code initial} and the ceiling, from 0 (none) to 1 (all), so that workers
 *     with a common cause of failure do not restart simultaneously
 * @param maxCrashes restarts after consecutive crashes before the worker is given up; unlimited if empty
 */
public record RestartPolicy(
        When when, Duration initial, Duration cap, double jitter, Duration stableAfter, OptionalInt maxCrashes) {

    public static final RestartPolicy DEFAULT = new RestartPolicy(
            Duration.ofMillis(200), Duration.ofSeconds(30), 1.0, Duration.ofSeconds(30), OptionalInt.empty());

    /** A larger shift would overflow an int. */
    private static final int MAX_DOUBLINGS = 30;

    /** After which ends a process is started again. A worker that stays down is started on request only. */
    public enum When {
        ALWAYS,
        /** After every end but exit code 0. */
        ON_FAILURE,
        NEVER
    }

    /** Restarts always. */
    public RestartPolicy(Duration initial, Duration cap, double jitter, Duration stableAfter, OptionalInt maxCrashes) {
        this(When.ALWAYS, initial, cap, jitter, stableAfter, maxCrashes);
    }

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
        return new RestartPolicy(when, initial, cap, jitter, stableAfter, OptionalInt.of(crashes));
    }

    /** Whether another process is started after an end that was a failure, or was not. */
    public boolean restartsAfter(boolean failure) {
        return switch (when) {
            case ALWAYS -> true;
            case ON_FAILURE -> failure;
            case NEVER -> false;
        };
    }

    /** The pause after a crash that follows {@code crashes} others without a stable time in between. */
    public Duration pause(int crashes, RandomGenerator random) {
        double doubled = (double) initial.toNanos() * (1 << Math.min(crashes + 1, MAX_DOUBLINGS));
        double room = Math.min(doubled, (double) cap.toNanos()) - (double) initial.toNanos();
        double drawn = room * (1 - jitter * random.nextDouble());
        return initial.plusNanos((long) drawn);
    }

    /** Whether this uptime resets the count of crashes. */
    public boolean forgives(Duration uptime) {
        return uptime.compareTo(stableAfter) >= 0;
    }

    /** Whether a crash that follows {@code crashes} others is the last. */
    public boolean givesUp(int crashes) {
        return maxCrashes.isPresent() && crashes >= maxCrashes.getAsInt();
    }
}
