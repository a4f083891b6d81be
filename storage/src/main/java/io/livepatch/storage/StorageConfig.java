package io.livepatch.storage;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** Which store, and where. */
public sealed interface StorageConfig {

    /** Its kind. */
    StoreType type();

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

        @Override
        public StoreType type() {
            return StoreType.FILESYSTEM;
        }
    }

    /**
     * Tables in a PostgreSQL database, which the store creates.
     *
     * @param source connections; the store closes those that it takes, and not the source
     * @param place for messages: where the database is, without a password
     * @param spool a directory for patches on their way in
     */
    record Postgres(DataSource source, String place, Path spool) implements StorageConfig {
        @Override
        public StoreType type() {
            return StoreType.POSTGRES;
        }
    }

    /**
     * A bucket of S3, or of a server that speaks its protocol. The bucket exists already.
     *
     * @param endpoint with its scheme; empty for AWS
     * @param prefix of all keys: empty, or ends with a slash
     * @param pathStyle whether the bucket is in the path of a URL, instead of in its host's name
     * @param keys empty to look where AWS's programs look: environment, profile, instance
     * @param caFile PEM certificates to trust instead of the system's
     * @param spool a directory for patches on their way in
     */
    record S3(
            Optional<URI> endpoint,
            String region,
            String bucket,
            String prefix,
            boolean pathStyle,
            Optional<Keys> keys,
            Optional<Path> caFile,
            Path spool)
            implements StorageConfig {
        public S3 {
            if (!prefix.isEmpty() && !prefix.endsWith("/")) {
                throw new IllegalArgumentException("prefix '" + prefix + "' should end with a slash");
            }
        }

        /** An access key and its secret, which is never printed. */
        public record Keys(String access, String secret) {
            @Override
            public String toString() {
                return access + ":***";
            }
        }

        @Override
        public StoreType type() {
            return StoreType.S3;
        }
    }
}
