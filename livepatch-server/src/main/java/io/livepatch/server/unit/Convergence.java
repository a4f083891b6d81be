package io.livepatch.server.unit;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which live units have a revision of the catalog in memory.
 *
 * @param revision the one that was waited for
 * @param units how many are live
 * @param lagging the names of units that do not have it yet: live ones, and those of {@code silent}
 * @param silent units of which a process had an older revision when it last reported, and is silent since: it was killed, or is cut off
 *     from the database and serves on. They are not waited for
 * @param problem why that is not known; empty if it is
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Convergence(
        long revision,
        int units,
        List<String> lagging,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Silent> silent,
        Optional<String> problem) {
    public Convergence {
        lagging = List.copyOf(lagging);
        silent = List.copyOf(silent);
    }

    /**
     * A unit that has been silent for too long to be live.
     *
     * @param since when it last reported
     */
    public record Silent(String unit, Instant since) {}
}
