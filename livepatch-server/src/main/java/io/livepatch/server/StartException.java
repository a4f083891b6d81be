package io.livepatch.server;

/** The unit cannot start, for a reason that its operator can mend; the message says how. */
final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartException(String message, Throwable cause) {
        super(message, cause);
    }

    StartException(String message) {
        super(message);
    }
}
