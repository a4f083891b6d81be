package io.livepatch.server.unit;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;

/**
 * Which live units have a revision of the catalog in memory.
 *
 * @param revision the one that was waited for
 * @param units how many are live
 * @param lagging the names of those that do not have it yet
 * @param problem why that is not known; empty if it is
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Convergence(long revision, int units, List<String> lagging, Optional<String> problem) {
    public Convergence {
        lagging = List.copyOf(lagging);
    }

    boolean complete() {
        return lagging.isEmpty();
    }
}
