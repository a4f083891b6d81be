package io.livepatch.server.storage;

/** The database is not one that work can be done on. The message says what its operator can do. */
final class WorkplaceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WorkplaceException(String message) {
        super(message);
    }
}
