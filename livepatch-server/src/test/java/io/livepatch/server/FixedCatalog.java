package io.livepatch.server;

import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.catalog.PatchDecision;
import io.livepatch.server.catalog.PatchQuery;
import io.livepatch.server.catalog.TierName;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A catalog of one patch with a settable decision, which records its queries. */
public final class FixedCatalog implements Catalog {
    private final List<PatchQuery> queries = Collections.synchronizedList(new ArrayList<>());
    private final Patch patch;
    private volatile PatchDecision decision = new PatchDecision.Withheld("nothing yet");
    private volatile boolean loaded = true;

    /** A catalog of a patch that no test requests. */
    public FixedCatalog() {
        this(new Patch(
                PatchName.parse("livepatch-5.15.0-1.1-generic-1.1-amd64.tar.bz2"), 1, Sha256.of(new byte[] {1})));
    }

    public FixedCatalog(Patch patch) {
        this.patch = patch;
    }

    public void decide(PatchDecision made) {
        decision = made;
    }

    public void load(boolean done) {
        loaded = done;
    }

    public PatchQuery lastQuery() {
        return queries.getLast();
    }

    @Override
    public PatchDecision decide(PatchQuery query) {
        queries.add(query);
        return decision;
    }

    @Override
    public Optional<Patch> find(PatchName name) {
        return name.equals(patch.name()) ? Optional.of(patch) : Optional.empty();
    }

    @Override
    public boolean inTier(PatchName name, TierName tier) {
        return name.equals(patch.name());
    }

    @Override
    public KernelSupport support(String baseVersion, String flavour, String architecture) {
        return KernelSupport.SUPPORTED;
    }

    @Override
    public boolean loaded() {
        return loaded;
    }
}
