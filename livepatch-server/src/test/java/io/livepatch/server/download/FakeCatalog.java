package io.livepatch.server.download;

import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.catalog.PatchDecision;
import io.livepatch.server.catalog.PatchQuery;
import io.livepatch.server.catalog.TierName;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A catalog whose entries a test sets. */
final class FakeCatalog implements Catalog {
    volatile boolean loaded = true;
    private final Map<PatchName, Patch> patches = new ConcurrentHashMap<>();
    private final Map<PatchName, String> tiers = new ConcurrentHashMap<>();

    void put(Patch patch, String tier) {
        patches.put(patch.name(), patch);
        tiers.put(patch.name(), tier);
    }

    void block(PatchName name) {
        patches.remove(name);
        tiers.remove(name);
    }

    @Override
    public Optional<Patch> find(PatchName name) {
        return Optional.ofNullable(patches.get(name));
    }

    @Override
    public boolean inTier(PatchName name, TierName tier) {
        return tier.name().equals(tiers.get(name));
    }

    @Override
    public boolean loaded() {
        return loaded;
    }

    @Override
    public PatchDecision decide(PatchQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public KernelSupport support(String baseVersion, String flavour, String architecture) {
        throw new UnsupportedOperationException();
    }
}
