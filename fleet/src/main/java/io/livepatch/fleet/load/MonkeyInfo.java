package io.livepatch.fleet.load;

import java.time.Instant;
import java.util.Optional;

/** How a monkey does. Holds no token. */
public record MonkeyInfo(
        int number,
        String name,
        State state,
        long successes,
        long failures,
        Optional<Instant> last,
        Optional<String> error) {

    /** From its batch's turn to its end. */
    public enum State {
        /** Its batch is not yet due. */
        WAITING,
        /** Between two turns. */
        IDLE,
        RUNNING,
        /** Between a failure and the next turn. */
        ERROR,
        FINISHED
    }
}
