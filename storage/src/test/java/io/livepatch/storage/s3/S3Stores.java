package io.livepatch.storage.s3;

import io.livepatch.storage.StorageConfig;
import java.time.Duration;
import java.util.Optional;

/** Short timeouts, and configurations with another secret or bucket. */
final class S3Stores {
    /** A short read timeout, for a server that hangs after it has answered. */
    static final S3Timeouts SHORT_READ = new S3Timeouts(
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(3));

    /** All timeouts short, for a server that does not answer. */
    static final S3Timeouts SHORT = new S3Timeouts(
            Duration.ofMillis(300),
            Duration.ofMillis(100),
            Duration.ofMillis(300),
            Duration.ofMillis(300),
            Duration.ofMillis(300));

    private S3Stores() {}

    static StorageConfig.S3 withBucket(StorageConfig.S3 config, String bucket) {
        return new StorageConfig.S3(
                config.endpoint(),
                config.region(),
                bucket,
                config.prefix(),
                config.pathStyle(),
                config.keys(),
                config.caFile(),
                config.spool());
    }

    static StorageConfig.S3 withSecret(StorageConfig.S3 config, String secret) {
        return new StorageConfig.S3(
                config.endpoint(),
                config.region(),
                config.bucket(),
                config.prefix(),
                config.pathStyle(),
                Optional.of(
                        new StorageConfig.S3.Keys(config.keys().orElseThrow().access(), secret)),
                config.caFile(),
                config.spool());
    }
}
