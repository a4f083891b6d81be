package io.livepatch.server.catalog;

import io.livepatch.storage.Architecture;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import io.livepatch.storage.Sha256;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns rows into a snapshot. Equal kernels, versions and sets of tiers become one object, which halves what a patch costs. */
final class CatalogReader {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogReader.class);

    private final Map<KernelRelease, KernelRelease> kernels = new HashMap<>();
    private final Map<PatchVersion, PatchVersion> versions = new HashMap<>();
    private final Map<Architecture, Architecture> architectures = new HashMap<>();
    private final Map<String, Set<TierName>> tierSets = new HashMap<>();
    private final Map<String, Optional<String>> reasons = new HashMap<>();

    private CatalogReader() {}

    static CatalogSnapshot snapshot(CatalogDao.Rows rows) {
        CatalogReader reader = new CatalogReader();
        return CatalogSnapshot.of(
                rows.revision(), rows.rows().stream().flatMap(reader::entry).toList());
    }

    /** One row that was put there by hand and cannot be read must not take the catalog away from everybody. */
    private Stream<CatalogEntry> entry(CatalogDao.Row row) {
        try {
            PatchName name = shared(PatchName.parse(row.filename()));
            Patch patch = new Patch(name, row.size(), new Sha256(row.sha256()));
            return Stream.of(new CatalogEntry(patch, tiers(row.tiers()), reason(row)));
        } catch (InvalidNameException e) {
            LOG.error("left out a row of table 'patches' that names no patch: {}", e.getMessage());
            return Stream.empty();
        }
    }

    private Optional<String> reason(CatalogDao.Row row) {
        String reason = row.blockReason();
        return reason == null ? Optional.empty() : reasons.computeIfAbsent(reason, Optional::of);
    }

    private PatchName shared(PatchName name) {
        return new PatchName(
                one(kernels, name.kernel()), one(versions, name.version()), one(architectures, name.architecture()));
    }

    private static <T> T one(Map<T, T> known, T value) {
        return known.computeIfAbsent(value, same -> same);
    }

    private Set<TierName> tiers(String names) {
        return tierSets.computeIfAbsent(
                names,
                list -> Arrays.stream(list.split(" "))
                        .filter(name -> !name.isEmpty())
                        .map(TierName::new)
                        .collect(Collectors.toUnmodifiableSet()));
    }
}
