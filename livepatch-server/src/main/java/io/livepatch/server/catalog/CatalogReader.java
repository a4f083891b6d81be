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

/** Builds a snapshot from rows. Equal kernels, versions and sets of tiers become one object, which halves the memory of a patch. */
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

    /** Skips a row that was written by hand and does not name a patch, so that the rest of the catalog can be read. */
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
                shared(kernels, name.kernel()),
                shared(versions, name.version()),
                shared(architectures, name.architecture()));
    }

    private static <T> T shared(Map<T, T> values, T value) {
        return values.computeIfAbsent(value, same -> same);
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
