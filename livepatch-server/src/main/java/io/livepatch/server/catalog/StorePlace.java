package io.livepatch.server.catalog;

import io.livepatch.storage.StoreType;
import java.util.Optional;

/**
 * Where the bytes of all patches are served from.
 *
 * @param unit on whose disk they are, where that is known; empty for a store that units share
 */
public record StorePlace(StoreType type, Optional<String> unit) {

    /** Whether this unit can reach them. */
    public boolean reachableFor(String other) {
        return unit.isEmpty() || unit.get().equals(other);
    }
}
