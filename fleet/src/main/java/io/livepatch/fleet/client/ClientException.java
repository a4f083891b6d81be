package io.livepatch.fleet.client;

import org.jspecify.annotations.Nullable;

/** The failure of a command, with the next step for the operator. The exit code is 1. */
final class ClientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClientException(String message) {
        this(message, null);
    }

    ClientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    static ClientException notEnabled() {
        return new ClientException("not enabled: run livepatch-client enable <token>");
    }
}
