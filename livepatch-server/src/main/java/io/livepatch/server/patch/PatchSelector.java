package io.livepatch.server.patch;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import org.jspecify.annotations.Nullable;

/**
 * Selects one patch by file name, or all patches of a version. Exactly one of the two is set.
 */
record PatchSelector(@Nullable String filename, @Nullable String version) {
    static PatchSelector of(@Nullable String filename, @Nullable String version) {
        if (filename != null && version == null) {
            return new PatchSelector(PatchName.parse(filename).fileName(), null);
        }
        if (version != null && filename == null) {
            return new PatchSelector(null, PatchVersion.parse(version).toString());
        }
        throw new ProblemException.BadRequest("give either 'version' or 'filename'");
    }

    @Override
    public String toString() {
        return filename == null ? "patch of version '" + version + "'" : "patch '" + filename + "'";
    }
}
