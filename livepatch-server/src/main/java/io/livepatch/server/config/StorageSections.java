package io.livepatch.server.config;

import io.livepatch.storage.StoreType;
import java.net.URI;
import java.util.Optional;
import java.util.function.Supplier;

/** Sections {@code patch-storage} and {@code patch-cache}. */
final class StorageSections {
    private StorageSections() {}

    static Supplier<PatchStorageConfig> storage(Values values) {
        var type = values.read(Keys.STORAGE_TYPE);
        var path = values.read(Keys.FILESYSTEM_PATH);
        var postgres = values.read(Keys.STORAGE_DSN);
        var interval = values.read(Keys.SCRUB_INTERVAL);
        var rate = values.read(Keys.SCRUB_RATE);
        Supplier<Optional<S3Config>> s3 = s3(values, type.equals(Optional.of(StoreType.S3)));
        return () -> new PatchStorageConfig(
                type.orElseThrow(),
                path.orElseThrow(),
                postgres.orElseThrow(),
                s3.get(),
                interval.orElseThrow(),
                rate.orElseThrow());
    }

    static Supplier<PatchCacheConfig> cache(Values values) {
        var enabled = values.read(Keys.CACHE_ENABLED);
        var path = values.read(Keys.CACHE_PATH);
        var size = values.read(Keys.CACHE_SIZE);
        var ttl = values.read(Keys.CACHE_TTL);
        return () ->
                new PatchCacheConfig(enabled.orElseThrow(), path.orElseThrow(), size.orElseThrow(), ttl.orElseThrow());
    }

    private static Supplier<Optional<S3Config>> s3(Values values, boolean needed) {
        var endpoint = values.read(Keys.S3_ENDPOINT);
        var secure = values.read(Keys.S3_SECURE);
        var region = values.read(Keys.S3_REGION);
        var bucket = values.read(Keys.S3_BUCKET);
        var prefix = values.read(Keys.S3_PREFIX);
        var pathStyle = values.read(Keys.S3_PATH_STYLE);
        var caFile = values.read(Keys.S3_CA_FILE);
        var access = values.read(Keys.S3_ACCESS_KEY);
        var secret = values.read(Keys.S3_SECRET_KEY);
        if (!values.given(Keys.S3_BUCKET)) {
            // Canonical's charm writes the other keys whatever the type is.
            if (needed) {
                values.missing(Keys.S3_BUCKET, "since patch-storage.type is s3");
            }
            return Optional::empty;
        }
        pair(values, Keys.S3_ACCESS_KEY, Keys.S3_SECRET_KEY);
        pair(values, Keys.S3_SECRET_KEY, Keys.S3_ACCESS_KEY);
        return () -> {
            Optional<URI> url = endpoint(endpoint.orElseThrow(), secure.orElseThrow());
            return Optional.of(new S3Config(
                    url,
                    region.orElseThrow(),
                    bucket.orElseThrow(),
                    prefix.orElseThrow(),
                    pathStyle.orElseThrow().orElse(url.isPresent()),
                    access.filter(text -> !text.isEmpty())
                            .map(text -> new S3Config.Keys(text, new Secret(secret.orElseThrow()))),
                    caFile.orElseThrow()));
        };
    }

    private static Optional<URI> endpoint(String text, boolean secure) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String url = text.contains("://") ? text : (secure ? "https://" : "http://") + text;
        return Optional.of(URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url));
    }

    private static void pair(Values values, Key<String> there, Key<String> needed) {
        if (values.given(there) && !values.given(needed)) {
            values.missing(needed, "though " + there.name() + " is given");
        }
    }
}
