package io.livepatch.server.catalog;

import io.livepatch.storage.Patch;
import java.util.Optional;
import java.util.Set;

/**
 * A patch as the catalog knows it.
 *
 * @param blocked why it must not run, if it must not
 */
public record CatalogEntry(Patch patch, Set<TierName> tiers, Optional<String> blocked) {
    public CatalogEntry {
        tiers = Set.copyOf(tiers);
    }
}
