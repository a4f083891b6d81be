package io.livepatch.server.schema;

/** The schema could not be looked at or brought forward. */
public abstract sealed class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private SchemaException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The database does not answer, or not to us. */
    public static final class Unreachable extends SchemaException {
        private static final long serialVersionUID = 1L;

        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The database is there, and what is in it does not fit the migrations, or one of them failed. */
    public static final class Refused extends SchemaException {
        private static final long serialVersionUID = 1L;

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
