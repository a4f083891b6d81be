package io.livepatch.server.placement;

import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;

/**
 * A row of table {@code patches}.
 *
 * @param patchId is never reused, so that the result of a check is not recorded for a later patch of the same name
 * @param sha256 hex
 * @param size in bytes
 */
public record CatalogPatch(long patchId, String filename, String sha256, long size) {
    /**
     * The row as a patch.
     *
     * @throws InvalidNameException if the row was written by hand and does not name a patch
     */
    public Patch patch() {
        return new Patch(PatchName.parse(filename), size, new Sha256(sha256));
    }
}
