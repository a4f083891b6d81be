package io.livepatch.server.migration;

import com.fasterxml.jackson.annotation.JsonValue;
import io.livepatch.server.placement.Progress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The progress of a migration.
 *
 * @param patches copied to the target and verified there, and of the catalog
 * @param last the patch that was copied last
 * @param obstacles of the migration; in the result of a step, of the patches that it tried
 * @param next the cursor for the next step; empty if there is nothing to do
 * @param advice for the operator after the migration
 */
public record MigrationStatus(
        State state,
        String from,
        String to,
        Progress.Count patches,
        Progress.Count bytes,
        Optional<String> last,
        List<Obstacle> obstacles,
        Optional<Cursor> next,
        List<String> advice) {
    public enum State {
        /** Nothing was changed: this is a dry run. */
        PLANNED,
        /** Patches remain to be copied: take the next step. */
        MOVING,
        /** The remaining patches have obstacles; patches are still served from the source. */
        BLOCKED,
        /** Patches are served from the target. */
        MOVED;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A reason why a patch, or no patch at all, can be moved.
     *
     * @param filename of the patch; empty for an obstacle of the whole migration
     */
    public record Obstacle(Optional<String> filename, String reason) {}

    /**
     * The end of a step, where the next one continues.
     *
     * @param after the file name of the last patch that was tried; empty to start from the first
     * @param copied the number of patches that were copied since the first: if none, another pass would copy none either
     */
    public record Cursor(String after, int copied) {
        public static final Cursor START = new Cursor("", 0);
        /** The longest file name of a patch. */
        public static final int MAX_LENGTH = 200;

        public Cursor {
            if (after.length() > MAX_LENGTH || copied < 0) {
                throw new IllegalArgumentException("a cursor of a migration is out of range");
            }
        }
    }
}
