package io.livepatch.supervisor.output;

import io.livepatch.supervisor.SupervisorException;
import java.time.Duration;

/**
 * How much of a worker's output is held.
 *
 * @param lineBytes a longer line comes in pieces
 * @param objectBytes up to here a JSON object is passed on whole, however long a line may be
 * @param quiet after this long without output, an unfinished line is passed on, for it may be a question
 * @param recentBytes what is remembered of each worker, in memory
 */
public record OutputLimits(int lineBytes, int objectBytes, Duration quiet, int recentBytes) {

    public static final OutputLimits DEFAULT = new OutputLimits(16 << 10, 1 << 20, Duration.ofSeconds(1), 64 << 10);

    public OutputLimits {
        atLeast(16, lineBytes, "length of a line");
        atLeast(lineBytes, objectBytes, "length of a JSON object");
        atLeast(1, quiet.toMillis(), "quiet time in milliseconds");
        atLeast(0, recentBytes, "size of the recent output");
    }

    private static void atLeast(long least, long value, String what) {
        if (value < least) {
            throw new SupervisorException.InvalidSpec("'%d' is no %s: at least %d".formatted(value, what, least));
        }
    }
}
