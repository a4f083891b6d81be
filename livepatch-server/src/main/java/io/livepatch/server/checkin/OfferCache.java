package io.livepatch.server.checkin;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.http.Json;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import java.time.Duration;
import java.util.function.Function;

/**
 * The answers that offer a patch. Machines that are offered the same patch within a second get the same bytes: to sign its URL and to
 * write it as JSON each time was a tenth of a check-in. So a URL's time may be up to a second shorter. Thread-safe.
 */
final class OfferCache {
    /** Catalogs are larger, but few of their patches are any kernel's newest. */
    private static final int KEPT_AT_MOST = 1000;

    private static final Duration KEPT = Duration.ofSeconds(1);

    private final LoadingCache<Patch, byte[]> written;

    private record Apply(String action, String filename, String version, String sha256, long size, String url) {}

    /** Offers with URLs as this function makes them. */
    OfferCache(Function<PatchName, String> urls) {
        this(urls, Ticker.systemTicker());
    }

    OfferCache(Function<PatchName, String> urls, Ticker ticker) {
        this.written = Caffeine.newBuilder()
                .maximumSize(KEPT_AT_MOST)
                .expireAfterWrite(KEPT)
                .ticker(ticker)
                .build(patch -> Json.bytes(apply(patch, urls)));
    }

    private static Apply apply(Patch patch, Function<PatchName, String> urls) {
        PatchName name = patch.name();
        return new Apply(
                "apply",
                name.fileName(),
                name.version().toString(),
                patch.sha256().hex(),
                patch.size(),
                urls.apply(name));
    }

    /** The answer that offers this patch; not to be changed. */
    byte[] json(Patch patch) {
        return written.get(patch);
    }
}
