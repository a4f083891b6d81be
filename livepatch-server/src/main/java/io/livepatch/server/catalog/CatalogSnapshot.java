package io.livepatch.server.catalog;

import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The catalog at one revision, with all rules of the rollout. Immutable; each answer costs one or two look-ups. */
public final class CatalogSnapshot implements Catalog {
    /** The answers before the first read. */
    static final CatalogSnapshot NONE = new CatalogSnapshot(0, Set.of(), false);

    /** The key of the patches for one kernel. */
    private record KernelKey(KernelRelease kernel, Architecture architecture) {}

    private record SupportKey(String baseVersion, String flavour, String architecture) {}

    private final long revision;
    private final boolean loaded;
    private final Map<PatchName, CatalogEntry> byName = new HashMap<>();
    private final Map<KernelKey, Map<TierName, Patch>> newest = new HashMap<>();
    private final Map<KernelKey, Map<PatchVersion, String>> blocked = new HashMap<>();
    private final Set<SupportKey> supported = new HashSet<>();

    private CatalogSnapshot(long revision, Collection<CatalogEntry> entries, boolean loaded) {
        this.revision = revision;
        this.loaded = loaded;
        entries.forEach(this::add);
    }

    /** The catalog that holds exactly these entries. */
    public static CatalogSnapshot of(long revision, Collection<CatalogEntry> entries) {
        return new CatalogSnapshot(revision, entries, true);
    }

    private void add(CatalogEntry entry) {
        Patch patch = entry.patch();
        PatchName name = patch.name();
        KernelKey key = new KernelKey(name.kernel(), name.architecture());
        byName.put(name, entry);
        name.kernel()
                .baseVersion()
                .ifPresent(version -> supported.add(new SupportKey(
                        version, name.kernel().flavour(), name.architecture().name())));
        Map<TierName, Patch> tiers = newest.computeIfAbsent(key, _ -> new HashMap<>(8));
        if (entry.blocked().isPresent()) {
            blocked.computeIfAbsent(key, _ -> new HashMap<>(2))
                    .put(name.version(), entry.blocked().get());
        } else {
            entry.tiers().forEach(tier -> tiers.merge(tier, patch, CatalogSnapshot::newer));
        }
    }

    private static Patch newer(Patch one, Patch other) {
        return one.name().version().compareTo(other.name().version()) >= 0 ? one : other;
    }

    @Override
    public PatchDecision decide(PatchQuery query) {
        KernelKey key = new KernelKey(query.kernel(), query.architecture());
        Patch candidate = newest.getOrDefault(key, Map.of()).get(query.tier());
        PatchVersion running = query.running().orElse(null);
        String reason =
                running == null ? null : blocked.getOrDefault(key, Map.of()).get(running);
        return candidate == null
                ? decideWithoutCandidate(query, running, reason)
                : decideWithCandidate(candidate, running, reason != null);
    }

    private PatchDecision decideWithoutCandidate(
            PatchQuery query, @Nullable PatchVersion running, @Nullable String reason) {
        return running != null && reason != null
                ? new PatchDecision.Withdraw(running, reason)
                : new PatchDecision.Withheld(reasonForNone(query));
    }

    private static PatchDecision decideWithCandidate(
            Patch candidate, @Nullable PatchVersion running, boolean runningBlocked) {
        return running != null
                        && !runningBlocked
                        && running.compareTo(candidate.name().version()) >= 0
                ? new PatchDecision.UpToDate(running)
                : new PatchDecision.Offer(candidate);
    }

    private String reasonForNone(PatchQuery query) {
        String kernel = "kernel '" + query.kernel() + "' on " + query.architecture();
        KernelKey key = new KernelKey(query.kernel(), query.architecture());
        if (!loaded) {
            return "no catalog has been read yet";
        }
        if (!newest.containsKey(key)) {
            return "no patch is known for " + kernel;
        }
        return "no patch for " + kernel + " is in tier '" + query.tier() + "' and not blocked";
    }

    @Override
    public Optional<Patch> find(PatchName name) {
        return findUnblocked(name).map(CatalogEntry::patch);
    }

    @Override
    public boolean inTier(PatchName name, TierName tier) {
        return findUnblocked(name).map(entry -> entry.tiers().contains(tier)).orElse(false);
    }

    private Optional<CatalogEntry> findUnblocked(PatchName name) {
        return Optional.ofNullable(byName.get(name))
                .filter(entry -> entry.blocked().isEmpty());
    }

    @Override
    public KernelSupport support(String baseVersion, String flavour, String architecture) {
        if (!loaded) {
            return KernelSupport.UNKNOWN;
        }
        return supported.contains(new SupportKey(baseVersion, flavour, architecture))
                ? KernelSupport.SUPPORTED
                : KernelSupport.UNSUPPORTED;
    }

    @Override
    public boolean loaded() {
        return loaded;
    }

    long revision() {
        return revision;
    }

    int size() {
        return byName.size();
    }
}
