package io.livepatch.server.care;

import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;

/**
 * A patch as the database lists it.
 *
 * @param patchId is never given again, so that what was found out of a patch is not taken for a later one of its name
 * @param sha256 hex
 * @param size in bytes
 */
public record Listed(long patchId, String filename, String sha256, long size) {

    /**
     * The patch.
     *
     * @throws InvalidNameException if somebody wrote this row by hand, and not the name of a patch
     */
    public Patch patch() {
        return new Patch(PatchName.parse(filename), size, new Sha256(sha256));
    }
}
