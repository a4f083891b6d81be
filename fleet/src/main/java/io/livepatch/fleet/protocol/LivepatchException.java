package io.livepatch.fleet.protocol;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The failure of a call to a livepatch server. Messages are for the operator of the machine and contain no token. */
public abstract sealed class LivepatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String kind;

    private LivepatchException(String kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** The error class for statistics: {@code timeout}, {@code status 500}, {@code wrong sha256}. */
    public String kind() {
        return kind;
    }

    /** The server refused the request (4xx); a retry would not help. */
    public static final class Refused extends LivepatchException {
        private static final long serialVersionUID = 1L;
        private final int status;

        public Refused(int status, String message) {
            super("status " + status, message, null);
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    /** A transient failure: no response, 429 or 5xx. Thrown after the attempts of {@link CallPolicy}. */
    public static final class Unreachable extends LivepatchException {
        private static final long serialVersionUID = 1L;
        private final @Nullable Duration retryAfter;

        public Unreachable(String kind, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
            super(kind, message, cause);
            this.retryAfter = retryAfter;
        }

        /** The pause that the server asked for. */
        public Optional<Duration> retryAfter() {
            return Optional.ofNullable(retryAfter);
        }
    }

    /** The server's certificate is not trusted. */
    public static final class Untrusted extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public Untrusted(String message, Throwable cause) {
            super("untrusted", message, cause);
        }
    }

    /** The response violates the protocol. */
    public static final class InvalidAnswer extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public InvalidAnswer(String message, @Nullable Throwable cause) {
            super("invalid answer", message, cause);
        }
    }

    /** A downloaded patch has the wrong digest; it has been deleted. */
    public static final class CorruptPatch extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public CorruptPatch(String message) {
            super("wrong sha256", message, null);
        }
    }

    /** The patch cannot be stored on this machine. */
    public static final class DiskFailure extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public DiskFailure(String message, @Nullable Throwable cause) {
            super("disk failure", message, cause);
        }
    }

    /** The calling thread was interrupted; its interrupt flag is set. */
    public static final class Interrupted extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public Interrupted(String message, Throwable cause) {
            super("interrupted", message, cause);
        }
    }
}
