package io.livepatch.server.schema;

/** The status of the schema could not be read, or migrations could not be applied. */
public abstract sealed class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private SchemaException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The database cannot be reached, or refuses the connection. */
    public static final class Unreachable extends SchemaException {
        private static final long serialVersionUID = 1L;

        Unreachable(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The history of the database contradicts the migrations, or a migration failed. */
    public static final class Refused extends SchemaException {
        private static final long serialVersionUID = 1L;

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
