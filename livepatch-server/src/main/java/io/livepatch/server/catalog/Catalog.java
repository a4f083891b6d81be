package io.livepatch.server.catalog;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.util.Optional;

/** What a machine may know of patches, answered from memory: no call here waits for a database. Thread-safe. */
public interface Catalog {

    /** What this machine should run. */
    PatchDecision decide(PatchQuery query);

    /** The patch of that name if it may be downloaded by a machine of some tier, that is: known and not blocked. */
    Optional<Patch> find(PatchName name);

    /** Whether the patch of that name is in this tier and not blocked. */
    boolean inTier(PatchName name, TierName tier);

    /** Whether any patch is known for kernels of this base version ({@code 5.15}), flavour and architecture. */
    KernelSupport support(String baseVersion, String flavour, String architecture);

    /** False until the first snapshot has been read. */
    boolean loaded();

    /** The answer of {@link #support}. */
    enum KernelSupport {
        SUPPORTED,
        UNSUPPORTED,
        UNKNOWN
    }
}
