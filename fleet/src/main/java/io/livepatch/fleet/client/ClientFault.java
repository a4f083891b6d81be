package io.livepatch.fleet.client;

import org.jspecify.annotations.Nullable;

/** Why a command cannot do what it was asked, and what to do about it. Ends the program with 1. */
final class ClientFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClientFault(String message) {
        this(message, null);
    }

    ClientFault(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    static ClientFault notEnabled() {
        return new ClientFault("not enabled: run livepatch-client enable <token>");
    }
}
