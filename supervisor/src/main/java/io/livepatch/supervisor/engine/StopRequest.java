package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;
import java.time.Instant;

/**
 * A stop that is under way, or the last one there was.
 *
 * @param began with the first word to leave
 * @param hurry whether it gives no grace
 */
record StopRequest(ReplacementReason reason, Instant began, Then then, boolean hurry) {

    /** What comes after it. */
    enum Then {
        NOTHING,
        /** Another start, at once. */
        START,
        /** It was a crash, and is followed by what follows a crash. */
        BACK_OFF
    }

    StopRequest forGood(ReplacementReason why) {
        return new StopRequest(why, began, Then.NOTHING, hurry);
    }

    StopRequest hurried() {
        return new StopRequest(reason, began, then, true);
    }
}
