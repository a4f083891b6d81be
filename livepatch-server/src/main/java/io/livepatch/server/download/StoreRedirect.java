package io.livepatch.server.download;

import io.livepatch.server.placement.PatchSource;
import io.livepatch.storage.PatchName;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Redirects downloads while {@code server.redirect-downloads} is on, so that their bytes do not pass through this unit. A request with a
 * signed URL is redirected to the store, by a URL that expires no later. If the store has no URLs, a request with a machine token is
 * redirected to a signed URL of {@code server.url-template}, which may be that of a cache in front of the units; without a template the
 * signed URL would be this unit's own, so the unit answers at once.
 */
final class StoreRedirect {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRedirect.class);

    private final PatchSource source;
    private final SignedUrls urls;

    StoreRedirect(PatchSource source, SignedUrls urls) {
        this.source = source;
        this.urls = urls;
    }

    /** The target of the redirect; empty if this unit serves the patch. May wait for the network. */
    Optional<String> location(PatchName name, Access access) {
        Optional<String> direct = direct(name, access.left());
        boolean here = access.signed() || !urls.absolute();
        return direct.isPresent() || here ? direct : Optional.of(urls.url(name));
    }

    /** A store that fails here may still serve the patch from its cache. */
    private Optional<String> direct(PatchName name, Duration left) {
        try {
            return source.directUrl(name, left).map(Object::toString);
        } catch (RuntimeException e) {
            LOG.warn("serving patch '{}' instead of redirecting to it: {}", name, e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * A request's access to a patch.
     *
     * @param left how long it lasts
     * @param signed whether the request has a signed URL
     */
    record Access(Duration left, boolean signed) {}
}
