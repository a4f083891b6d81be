package io.livepatch.server.catalog;

import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.util.Optional;

/** The patches for machines, answered from memory: no call waits for a database. Thread-safe. */
public interface Catalog {

    /** The patch that this machine should run. */
    PatchDecision decide(PatchQuery query);

    /** The patch of that name if it is known and not blocked. */
    Optional<Patch> find(PatchName name);

    /** Whether the patch of that name is in this tier and not blocked. */
    boolean inTier(PatchName name, TierName tier);

    /** Whether any patch is known for kernels of this base version ({@code 5.15}), flavour and architecture. */
    KernelSupport support(String baseVersion, String flavour, String architecture);

    /** False until the first snapshot has been read. */
    boolean loaded();

    enum KernelSupport {
        SUPPORTED,
        UNSUPPORTED,
        UNKNOWN
    }
}
