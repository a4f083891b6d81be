package io.livepatch.storage;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** The configuration of a store: its type and its location. */
public sealed interface StorageConfig {

    /** The type of the store. */
    StoreType type();

    /**
     * A directory on a local disk, for one unit.
     *
     * @param directory created if it is absent
     * @param owner name of the unit that locks the directory; the unit's workers share the lock
     */
    record Filesystem(Path directory, String owner) implements StorageConfig {
        private static final Pattern OWNER = Pattern.compile("[\\x21-\\x7e]{1,100}");

        public Filesystem {
            if (!OWNER.matcher(owner).matches()) {
                throw new IllegalArgumentException(
                        "owner '" + owner + "' of '" + directory + "' is not the name of a unit like livepatch/0");
            }
        }

        @Override
        public StoreType type() {
            return StoreType.FILESYSTEM;
        }
    }

    /**
     * Tables in a PostgreSQL database; the first put creates them.
     *
     * @param source of connections; the store closes connections, but not the source
     * @param address of the database without its password, for messages; may change with that of the source
     * @param spool directory for temporary copies of uploaded patches
     */
    record Postgres(DataSource source, Supplier<String> address, Path spool) implements StorageConfig {
        @Override
        public StoreType type() {
            return StoreType.POSTGRES;
        }
    }

    /**
     * An existing bucket of S3, or of a server with its protocol.
     *
     * @param endpoint with its scheme; empty for AWS
     * @param prefix of all keys: empty, or ends with a slash
     * @param pathStyle whether the bucket is part of a URL's path instead of its host name
     * @param keys empty for the default provider chain of AWS's SDK: environment, profile, instance
     * @param caFile PEM certificates to trust instead of the system's
     * @param spool directory for temporary copies of uploaded patches
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
                throw new IllegalArgumentException("prefix '" + prefix + "' does not end with a slash");
            }
        }

        /** An access key and its secret; {@link #toString} masks the secret. */
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
