package io.livepatch.server.placement;

/** This unit is configured for a store that does not hold the patches. The message says what its operator can do. */
public final class StoreRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoreRefusedException(String message) {
        super(message);
    }
}
