package io.livepatch.storage.cache;

import java.io.IOException;

/** The cache cannot take a patch, although its disk works. The message says why. */
final class UncacheableException extends IOException {
    private static final long serialVersionUID = 1L;

    UncacheableException(String message) {
        super(message);
    }
}
