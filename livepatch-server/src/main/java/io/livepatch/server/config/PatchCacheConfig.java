package io.livepatch.server.config;

import io.livepatch.common.config.DataSize;
import io.livepatch.common.config.Option;
import io.livepatch.storage.CacheConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Section {@code patch-cache}: patches on a local disk, in front of a store over a network. */
public record PatchCacheConfig(
        @Option(value = "`false`: each download reads the store", byDefault = "true")
        boolean enabled,

        @Option(
                value =
                        "of one unit; its workers share it. Patches on their way to a shared store lie there too, cache or"
                                + " not. The charm takes a folder in the unit's directory",
                byDefault = "/var/lib/livepatch/cache",
                pattern = PatchStorageConfig.ABSOLUTE,
                expected = "an absolute path")
        Path path,

        @Option(
                value = "of all patches in it, at most; the least recently used go first",
                byDefault = "1GiB",
                min = "1MiB",
                max = "16TiB",
                example = "1GiB")
        DataSize size,

        @Option(
                value = "patches that nobody asked for in so long go, too",
                byDefault = "720h",
                min = "1m",
                max = "87600h",
                example = "720h")
        Duration ttl) {
    public PatchCacheConfig {
        path = path.normalize();
    }

    /** The cache that these describe; empty if it is off. */
    public Optional<CacheConfig> cache() {
        return enabled ? Optional.of(new CacheConfig(path, size.bytes(), ttl)) : Optional.empty();
    }
}
