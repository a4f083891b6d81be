package io.livepatch.storage;

import org.jspecify.annotations.Nullable;

/** The failures of a {@link PatchStore}. Each message contains the operation, its object, the cause and a remedy. */
public abstract sealed class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** There is no patch of that name. */
    public static final class NotFound extends StoreException {
        private static final long serialVersionUID = 1L;

        public NotFound(PatchName name, String store) {
            super("patch '" + name + "' is not in the " + store, null);
        }
    }

    /** Other bytes are stored under the name. A patch is immutable: other bytes need another version. */
    public static final class Conflict extends StoreException {
        private static final long serialVersionUID = 1L;

        public Conflict(PatchName name, Sha256 stored, Sha256 offered) {
            super(
                    "patch '" + name + "' is already stored with sha256 " + stored + ", not " + offered
                            + "; give the new bytes a new version, or remove the stored patch first",
                    null);
        }
    }

    /** The bytes do not have the announced digest. */
    public static final class DigestMismatch extends StoreException {
        private static final long serialVersionUID = 1L;

        public DigestMismatch(PatchName name, Sha256 expected, Sha256 actual) {
            super(
                    "patch '" + name + "' was announced with sha256 " + expected + " but its bytes hash to " + actual
                            + "; nothing was stored, send it again",
                    null);
        }
    }

    /** The source of the bytes failed. */
    public static final class SourceFailed extends StoreException {
        private static final long serialVersionUID = 1L;

        public SourceFailed(PatchName name, Throwable cause) {
            super(
                    "reading the bytes of patch '" + name + "' failed (" + reason(cause)
                            + "); nothing was stored, send it again",
                    cause);
        }

        private static String reason(Throwable cause) {
            String message = cause.getMessage();
            return message == null ? cause.getClass().getSimpleName() : message;
        }
    }

    /** The stored bytes do not match the patch. */
    public static final class Corrupt extends StoreException {
        private static final long serialVersionUID = 1L;

        public Corrupt(PatchName name, Sha256 expected, Sha256 actual, String where) {
            super(
                    "patch '" + name + "' in " + where + " hashes to " + actual + " instead of " + expected
                            + "; delete it and upload it again",
                    null);
        }

        /** The digest is right, but the length is not. */
        public Corrupt(Patch expected, long actualSize) {
            super(
                    "patch '" + expected.name() + "' has " + actualSize + " bytes in its store instead of "
                            + expected.size() + "; upload it again",
                    null);
        }
    }

    /** The store has no space left. */
    public static final class Full extends StoreException {
        private static final long serialVersionUID = 1L;

        public Full(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The patch is larger than the store's limit. */
    public static final class TooLarge extends StoreException {
        private static final long serialVersionUID = 1L;

        public TooLarge(Patch patch, long limit, String where) {
            super(
                    "patch '" + patch.name() + "' has " + patch.size() + " bytes, and " + where + " takes " + limit
                            + " in one request; nothing was stored, make the patch smaller or use another kind of store",
                    null);
        }
    }

    /** The backend cannot be used now. A later retry may succeed, unless the cause is {@link #lasting}. */
    public static final class Unavailable extends StoreException {
        private static final long serialVersionUID = 1L;
        private final boolean lasting;

        public Unavailable(String message, @Nullable Throwable cause) {
            this(message, cause, false);
        }

        /**
         * Creates the exception.
         *
         * @param lasting whether the cause persists until an operator changes a setting, such as a wrong key
         */
        public Unavailable(String message, @Nullable Throwable cause, boolean lasting) {
            super(message, cause);
            this.lasting = lasting;
        }

        /** Whether the cause persists until an operator changes a setting, so that retries fail too. */
        public boolean lasting() {
            return lasting;
        }
    }

    /** Another unit has locked the store, which cannot be shared. */
    public static final class Locked extends StoreException {
        private static final long serialVersionUID = 1L;

        public Locked(String message) {
            super(message, null);
        }
    }
}
