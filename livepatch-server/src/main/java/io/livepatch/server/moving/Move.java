package io.livepatch.server.moving;

import com.fasterxml.jackson.annotation.JsonValue;
import io.livepatch.server.task.Amount;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How a migration stands.
 *
 * @param patches at the target and verified there, and of the catalog
 * @param last the patch that was copied last
 * @param obstacles what is in the way; in a step, of the patches that it tried
 * @param next what to give to the next step; there while there is more to do
 * @param advice what the operator does now; there when all is done
 */
public record Move(
        State state,
        String from,
        String to,
        Amount patches,
        Amount bytes,
        Optional<String> last,
        List<Obstacle> obstacles,
        Optional<Next> next,
        List<String> advice) {

    /** Where it is. */
    public enum State {
        /** Nothing was done: this is what would be. */
        PLANNED,
        /** Not all is copied: take the next step. */
        MOVING,
        /** All that can be copied is; the rest has obstacles, and patches are served from where they were. */
        BLOCKED,
        /** Patches are served from the target. */
        MOVED;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Something in the way.
     *
     * @param filename of the patch; empty if it is in the way of all
     */
    public record Obstacle(Optional<String> filename, String reason) {
        static Obstacle of(String filename, String reason) {
            return new Obstacle(Optional.of(filename), reason);
        }

        static Obstacle ofAll(String reason) {
            return new Obstacle(Optional.empty(), reason);
        }
    }

    /**
     * Where a step ended, for the one after it.
     *
     * @param after the file name of the last patch that was tried; empty to begin again
     * @param copied how many were copied since the beginning: if none, beginning again would be of no use
     */
    public record Next(String after, int copied) {
        /** Before the first step. */
        public static final Next FIRST = new Next("", 0);

        /** Longest file name that a patch can have. */
        public static final int LONGEST = 200;

        public Next {
            if (after.length() > LONGEST || copied < 0) {
                throw new IllegalArgumentException("a step of a migration is out of range");
            }
        }
    }
}
