package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.SpecChange;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What becomes of a pool.
 *
 * @param changes what differs; empty for pools that come or go
 */
public record PoolChange(String pool, Kind kind, List<SpecChange> changes) {

    public PoolChange {
        changes = List.copyOf(changes);
    }

    /** What becomes of it as a whole. */
    public enum Kind {
        ADDED,
        CHANGED,
        REMOVED
    }

    /** For a log. */
    @Override
    public String toString() {
        String all = changes.stream().map(SpecChange::toString).collect(Collectors.joining(", "));
        return "pool '%s' %s%s".formatted(pool, JsonViews.word(kind), all.isEmpty() ? "" : ": " + all);
    }
}
