package io.livepatch.storage;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** Which store, and where. */
public sealed interface StorageConfig {

    /**
     * A directory on a local disk, for one unit.
     *
     * @param directory is created if it is absent
     * @param owner the unit in whose name the directory is locked; the workers of one unit share it
     */
    record Filesystem(Path directory, String owner) implements StorageConfig {
        private static final Pattern OWNER = Pattern.compile("[\\x21-\\x7e]{1,100}");

        public Filesystem {
            if (!OWNER.matcher(owner).matches()) {
                throw new IllegalArgumentException(
                        "owner '" + owner + "' of '" + directory + "' should be the name of a unit, like livepatch/0");
            }
        }
    }
}
