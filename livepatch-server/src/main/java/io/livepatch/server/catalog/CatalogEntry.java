package io.livepatch.server.catalog;

import io.livepatch.storage.Patch;
import java.util.Optional;
import java.util.Set;

/**
 * A patch of the catalog.
 *
 * @param blocked the reason why it must not run; empty if it is not blocked
 */
public record CatalogEntry(Patch patch, Set<TierName> tiers, Optional<String> blocked) {
    public CatalogEntry {
        tiers = Set.copyOf(tiers);
    }
}
