package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.SpecChange;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The effect of a new configuration on a pool.
 *
 * @param changes the settings that differ; empty for pools that are added or removed
 */
public record PoolChange(String pool, Kind kind, List<SpecChange> changes) {

    public PoolChange {
        changes = List.copyOf(changes);
    }

    /** Whether the pool is new, kept or removed. */
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
