package io.livepatch.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The keys {@code patch-storage.s3-…}.
 *
 * @param endpoint with its scheme; empty for AWS
 * @param prefix of all keys in the bucket: empty, or ends with a slash
 * @param keys empty to take those that AWS's programs would take
 */
public record S3Config(
        Optional<URI> endpoint,
        String region,
        String bucket,
        String prefix,
        boolean pathStyle,
        Optional<Keys> keys,
        Optional<Path> caFile) {
    public static final String DEFAULT_REGION = "us-east-1";

    /** An access key and its secret. */
    public record Keys(String access, Secret secret) {}
}
