package io.livepatch.storage.cache;

import java.io.IOException;

/** Why a patch goes past the cache although its disk works. */
final class UncacheableException extends IOException {
    private static final long serialVersionUID = 1L;

    UncacheableException(String message) {
        super(message);
    }
}
