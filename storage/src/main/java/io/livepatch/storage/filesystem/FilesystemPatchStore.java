package io.livepatch.storage.filesystem;

import io.livepatch.storage.PatchStore;
import io.livepatch.storage.StorageConfig;

/** Placeholder until the driver lands. */
public abstract class FilesystemPatchStore implements PatchStore {
    public static PatchStore open(StorageConfig.Filesystem config) {
        if (config.owner().isEmpty()) {
            throw new IllegalArgumentException("owner");
        }
        throw new UnsupportedOperationException(config.toString());
    }
}
