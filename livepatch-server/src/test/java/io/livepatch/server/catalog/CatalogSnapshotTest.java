package io.livepatch.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import io.livepatch.storage.Sha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CatalogSnapshotTest {
    private static final KernelRelease KERNEL = new KernelRelease("5.15.0-107.117-generic");
    private static final KernelRelease OTHER_KERNEL = new KernelRelease("6.8.0-45.45-aws");
    private static final Architecture AMD64 = new Architecture("amd64");
    private static final TierName STABLE = new TierName("stable");
    private static final TierName EDGE = new TierName("edge");

    /** Patches are written as "version", "!version" if blocked; running "-" means none. */
    @ParameterizedTest(name = "in tier [{0}], running {1}: {2}")
    @CsvSource({
        "'107.1', -, offer 107.1",
        "'107.9 107.10', -, offer 107.10",
        "'107.1', 107.1, up to date 107.1",
        "'107.1 108.1', 107.1, offer 108.1",
        "'107.1', 108.1, up to date 108.1",
        "'107.1 !108.1', -, offer 107.1",
        "'107.1 !108.1', 108.1, offer 107.1",
        "'107.1 !108.1', 107.1, up to date 107.1",
        "'107.1 !108.1', 109.1, up to date 109.1",
        "'!108.1', 108.1, withdraw 108.1",
        "'!108.1', 107.1, withheld",
        "'!108.1', -, withheld",
        "'', 107.1, withheld",
        "'', -, withheld",
    })
    void decisionDependsOnThePatchesAndTheRunningVersion(String patches, String running, String decision) {
        List<CatalogEntry> entries = Arrays.stream(patches.split(" "))
                .filter(text -> !text.isEmpty())
                .map(text -> entry(KERNEL, text.replace("!", ""), text.startsWith("!"), STABLE))
                .toList();
        Optional<PatchVersion> version =
                running.equals("-") ? Optional.empty() : Optional.of(PatchVersion.parse(running));

        PatchDecision answer = CatalogSnapshot.of(1, entries).decide(new PatchQuery(KERNEL, AMD64, STABLE, version));

        assertThat(text(answer)).isEqualTo(decision);
    }

    @Test
    void patchOfAnotherTierKernelOrArchitectureIsNotOffered() {
        CatalogSnapshot catalog = CatalogSnapshot.of(
                1,
                List.of(
                        entry(KERNEL, "1.1", false, STABLE),
                        entry(KERNEL, "2.1", false, EDGE),
                        entry(OTHER_KERNEL, "3.1", false, STABLE)));

        assertThat(text(catalog.decide(query(KERNEL, STABLE)))).isEqualTo("offer 1.1");
        assertThat(text(catalog.decide(new PatchQuery(KERNEL, new Architecture("arm64"), STABLE, Optional.empty()))))
                .isEqualTo("withheld");
    }

    @Test
    void reasonNamesTheMissingCondition() {
        CatalogSnapshot catalog = CatalogSnapshot.of(1, List.of(entry(KERNEL, "1.1", false, EDGE)));

        assertThat(catalog.decide(query(OTHER_KERNEL, STABLE)))
                .isEqualTo(new PatchDecision.Withheld("no patch is known for kernel '6.8.0-45.45-aws' on amd64"));
        assertThat(catalog.decide(query(KERNEL, STABLE)).toString()).contains("tier 'stable'");
    }

    @Test
    void blockedOrUnknownPatchIsNotFound() {
        CatalogEntry good = entry(KERNEL, "1.1", false, STABLE);
        CatalogEntry bad = entry(KERNEL, "1.2", true, STABLE);
        CatalogSnapshot catalog = CatalogSnapshot.of(1, List.of(good, bad));

        assertThat(catalog.find(good.patch().name())).contains(good.patch());
        assertThat(catalog.inTier(good.patch().name(), STABLE)).isTrue();
        assertThat(catalog.inTier(good.patch().name(), EDGE)).isFalse();
        assertThat(catalog.find(bad.patch().name())).isEmpty();
        assertThat(catalog.inTier(bad.patch().name(), STABLE)).isFalse();
    }

    @Test
    void kernelIsSupportedIfAPatchForItsSeriesFlavourAndArchitectureExists() {
        CatalogSnapshot catalog = CatalogSnapshot.of(1, List.of(entry(KERNEL, "1.1", true)));

        assertThat(catalog.support("5.15", "generic", "amd64")).isEqualTo(Catalog.KernelSupport.SUPPORTED);
        assertThat(catalog.support("5.1", "generic", "amd64")).isEqualTo(Catalog.KernelSupport.UNSUPPORTED);
        assertThat(catalog.support("5.15", "aws", "amd64")).isEqualTo(Catalog.KernelSupport.UNSUPPORTED);
        assertThat(CatalogSnapshot.NONE.support("5.15", "generic", "amd64")).isEqualTo(Catalog.KernelSupport.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 20_261_120})
    void agreesWithANaiveReadingOfTheRules(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int round = 0; round < 300; round++) {
            List<CatalogEntry> entries = randomEntries(random);
            CatalogSnapshot catalog = CatalogSnapshot.of(1, entries);
            for (int i = 0; i < 20; i++) {
                PatchQuery query = randomQuery(random);
                assertThat(text(catalog.decide(query)))
                        .as("seed %d, %s of %s", seed, query, entries)
                        .isEqualTo(naive(entries, query));
            }
        }
    }

    /** The rules of the rollout, implemented by a search in a list. */
    private static String naive(List<CatalogEntry> entries, PatchQuery query) {
        List<CatalogEntry> line = entries.stream()
                .filter(entry -> entry.patch().name().kernel().equals(query.kernel()))
                .filter(entry -> entry.patch().name().architecture().equals(query.architecture()))
                .toList();
        Optional<PatchVersion> candidate = line.stream()
                .filter(entry ->
                        entry.tiers().contains(query.tier()) && entry.blocked().isEmpty())
                .map(entry -> entry.patch().name().version())
                .max(Comparator.naturalOrder());
        boolean runningBlocked = line.stream()
                .anyMatch(entry -> entry.blocked().isPresent()
                        && query.running()
                                .equals(Optional.of(entry.patch().name().version())));
        if (candidate.isEmpty()) {
            return runningBlocked ? "withdraw " + query.running().orElseThrow() : "withheld";
        }
        boolean keep = !runningBlocked
                && query.running()
                        .filter(version -> version.compareTo(candidate.get()) >= 0)
                        .isPresent();
        return keep ? "up to date " + query.running().orElseThrow() : "offer " + candidate.get();
    }

    private static List<CatalogEntry> randomEntries(RandomGenerator random) {
        List<CatalogEntry> entries = new ArrayList<>();
        for (KernelRelease kernel : List.of(KERNEL, OTHER_KERNEL)) {
            for (String version : List.of("9.1", "10.1", "10.2", "10.10")) {
                if (random.nextInt(3) > 0) {
                    TierName[] tiers = random.nextBoolean()
                            ? new TierName[] {EDGE, STABLE}
                            : new TierName[] {random.nextBoolean() ? EDGE : STABLE};
                    entries.add(entry(kernel, version, random.nextInt(4) == 0, tiers));
                }
            }
        }
        return entries;
    }

    private static PatchQuery randomQuery(RandomGenerator random) {
        List<String> running = List.of("", "9.1", "10.1", "10.2", "10.10", "11.0");
        String version = running.get(random.nextInt(running.size()));
        return new PatchQuery(
                random.nextBoolean() ? KERNEL : OTHER_KERNEL,
                AMD64,
                random.nextBoolean() ? EDGE : STABLE,
                version.isEmpty() ? Optional.empty() : Optional.of(PatchVersion.parse(version)));
    }

    private static PatchQuery query(KernelRelease kernel, TierName tier) {
        return new PatchQuery(kernel, AMD64, tier, Optional.empty());
    }

    private static CatalogEntry entry(KernelRelease kernel, String version, boolean blocked, TierName... tiers) {
        PatchName name = new PatchName(kernel, PatchVersion.parse(version), AMD64);
        return new CatalogEntry(
                new Patch(name, 1, Sha256.of(version.getBytes(java.nio.charset.StandardCharsets.UTF_8))),
                Arrays.stream(tiers).collect(Collectors.toSet()),
                blocked ? Optional.of("it panics") : Optional.empty());
    }

    private static String text(PatchDecision decision) {
        return switch (decision) {
            case PatchDecision.Offer offer -> "offer " + offer.patch().name().version();
            case PatchDecision.UpToDate upToDate -> "up to date " + upToDate.version();
            case PatchDecision.Withdraw withdraw -> "withdraw " + withdraw.version();
            case PatchDecision.Withheld _ -> "withheld";
        };
    }

    @Test
    void tiersOfAnEntryCannotBeChangedLater() {
        assertThat(entry(KERNEL, "1.1", false, EDGE).tiers())
                .isEqualTo(Set.of(EDGE))
                .isUnmodifiable();
    }
}
