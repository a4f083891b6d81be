package io.livepatch.server.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import io.livepatch.storage.StoreType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Section {@code patch-storage}. It may describe several stores, so that patches can be moved from one to another; {@code type} is
 * the one that the operator wants them in.
 *
 * @param postgres where the PostgreSQL store is; empty for the catalog's database
 * @param s3 empty if there is no bucket: Canonical's charm writes the other options of S3 whatever the type is
 */
public record PatchStorageConfig(
        @Option(
                value = "`filesystem`: a directory, for one unit; `postgres` or `s3`: for any number of units",
                byDefault = "filesystem")
        StoreType type,

        @Option(
                value = "locked in the name of the unit",
                byDefault = "/var/lib/livepatch/patches",
                pattern = ABSOLUTE,
                expected = "an absolute path")
        Path filesystemPath,

        @Option(
                value =
                        "a database for patches alone, written like that of the catalog; without it, they are in that of"
                                + " `database.connection-string`",
                key = "postgres-connection-string",
                secret = true,
                expected = Dsn.FORM)
        Optional<Dsn> postgres,

        @Option(value = "the bucket", inline = true) Optional<S3Config> s3,

        @Option(
                value = "how long until each patch was read again and compared with its checksum",
                byDefault = "168h",
                min = "1m",
                max = "8760h",
                example = "168h",
                zero = "never")
        Duration scrubInterval,

        @Option(
                value = "read in a second, at most, in each process",
                byDefault = "4MiB",
                min = "1KiB",
                max = "1GiB",
                example = "4MiB")
        DataSize scrubRate)
        implements Checked {
    /** The pattern of an absolute path. */
    static final String ABSOLUTE = "(?s)/.*";

    public PatchStorageConfig {
        filesystemPath = filesystemPath.normalize();
        s3 = s3.filter(it -> it.bucket().isPresent());
    }

    @Override
    public void check(Notes notes) {
        if (type == StoreType.S3 && s3.isEmpty()) {
            notes.missing("s3-bucket", "since patch-storage.type is s3");
        }
    }
}
