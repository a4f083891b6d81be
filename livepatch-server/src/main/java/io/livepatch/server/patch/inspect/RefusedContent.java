package io.livepatch.server.patch.inspect;

import java.io.IOException;

/** The bytes are no patch, and are refused with {@code force} too; the message tells what was found and what is expected. */
final class RefusedContent extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedContent(String message) {
        super(message);
    }
}
