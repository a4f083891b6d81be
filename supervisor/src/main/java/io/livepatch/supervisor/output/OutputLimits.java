package io.livepatch.supervisor.output;

import io.livepatch.supervisor.SupervisorException;
import java.time.Duration;

/**
 * Bounds of the memory that a worker's output takes.
 *
 * @param lineBytes a longer line is passed on in parts
 * @param objectBytes a JSON object up to this size is passed on as a whole, even above {@code lineBytes}
 * @param quiet an unfinished line, such as a prompt, is passed on after this time without output
 * @param recentBytes of the last lines of each worker
 */
public record OutputLimits(int lineBytes, int objectBytes, Duration quiet, int recentBytes) {

    public static final OutputLimits DEFAULT = new OutputLimits(16 << 10, 1 << 20, Duration.ofSeconds(1), 64 << 10);

    public OutputLimits {
        atLeast(16, lineBytes, "length of a line");
        atLeast(lineBytes, objectBytes, "length of a JSON object");
        atLeast(1, quiet.toMillis(), "quiet time in milliseconds");
        atLeast(0, recentBytes, "size of the recent output");
    }

    private static void atLeast(long min, long value, String what) {
        if (value < min) {
            throw new SupervisorException.InvalidSpec(
                    "'%d' is not a valid %s: it must be at least %d".formatted(value, what, min));
        }
    }
}
