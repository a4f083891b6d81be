package io.livepatch.storage;

import java.nio.file.Path;

/** Which store, and where. */
public sealed interface StorageConfig {

    /**
     * A directory on a local disk, for one unit.
     *
     * @param directory is created if it is absent
     * @param owner the unit in whose name the directory is locked; the workers of one unit share it
     */
    record Filesystem(Path directory, String owner) implements StorageConfig {}
}
