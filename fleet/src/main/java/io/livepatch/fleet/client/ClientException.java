package io.livepatch.fleet.client;

import org.jspecify.annotations.Nullable;

/** Why a command cannot do what it was asked, and what to do about it. Ends the program with 1. */
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
