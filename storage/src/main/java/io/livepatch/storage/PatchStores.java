package io.livepatch.storage;

import io.livepatch.storage.filesystem.FilesystemPatchStore;
import io.livepatch.storage.postgres.PostgresPatchStore;
import io.livepatch.storage.s3.S3PatchStore;

/** Opens the store that a configuration describes. */
public final class PatchStores {
    private PatchStores() {}

    /**
     * Opens a store for reading and writing.
     *
     * @throws StoreException.Locked if another unit owns it
     * @throws StoreException.Unavailable if it cannot be used
     */
    public static PatchStore open(StorageConfig config) {
        return switch (config) {
            case StorageConfig.Filesystem filesystem -> FilesystemPatchStore.open(filesystem);
            case StorageConfig.Postgres postgres -> PostgresPatchStore.open(postgres);
            case StorageConfig.S3 s3 -> S3PatchStore.open(s3);
        };
    }
}
