package io.livepatch.server.placement;

import io.livepatch.storage.StoreType;
import java.util.Optional;

/**
 * The store that holds the bytes of all patches.
 *
 * @param unit whose disk it is, if known; empty for a store that units share
 */
public record StoreLocation(StoreType type, Optional<String> unit) {
    public boolean reachableFor(String other) {
        return unit.isEmpty() || unit.get().equals(other);
    }
}
