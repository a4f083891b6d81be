package io.livepatch.server.download;

import io.livepatch.server.placement.PatchSource;
import io.livepatch.storage.PatchName;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where machines are sent for a patch while {@code server.redirect-downloads} is on, so that its bytes do not go through this unit.
 * Whoever came by a signed URL goes to the place of storage, by a URL of that place which lives no longer; whoever came by a
 * machine token, where the place has none, to the signed URL, which may be that of a cache in front of the units.
 */
final class StoreRedirect {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRedirect.class);

    private final PatchSource source;
    private final SignedUrls urls;

    StoreRedirect(PatchSource source, SignedUrls urls) {
        this.source = source;
        this.urls = urls;
    }

    /** A URL for somebody whose right to this patch lasts that long; empty if it has to be served here. May wait for a network. */
    Optional<String> location(PatchName name, Right right) {
        Optional<String> direct = direct(name, right.left());
        return direct.isPresent() || right.signed() ? direct : Optional.of(urls.url(name));
    }

    /** A store that cannot say may still be able to serve, out of a cache. */
    private Optional<String> direct(PatchName name, Duration left) {
        try {
            return source.directUrl(name, left).map(Object::toString);
        } catch (RuntimeException e) {
            LOG.warn("serving patch '{}' instead of redirecting to it: {}", name, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * A caller's right to a patch.
     *
     * @param left for how long
     * @param signed whether it came by a signed URL
     */
    record Right(Duration left, boolean signed) {}
}
