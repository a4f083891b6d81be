package io.livepatch.server.store;

/** This unit is configured for a store in which the patches are not. The message says what its operator can do. */
public final class StoreRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoreRefusedException(String message) {
        super(message);
    }
}
