package io.livepatch.fleet.protocol;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a call to a livepatch server came to nothing. Messages are for the person at the machine and hold no token. */
public abstract sealed class LivepatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String kind;

    private LivepatchException(String kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What it is counted as, in one to three words: {@code timeout}, {@code status 500}, {@code wrong sha256}. */
    public String kind() {
        return kind;
    }

    /** The server understood and said no; asking again changes nothing. */
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

    /** No answer, or "not now": it may work later. Thrown after the attempts that {@link CallPolicy} allows. */
    public static final class Unreachable extends LivepatchException {
        private static final long serialVersionUID = 1L;
        private final @Nullable Duration retryAfter;

        public Unreachable(String kind, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
            super(kind, message, cause);
            this.retryAfter = retryAfter;
        }

        /** When the server asked to come back. */
        public Optional<Duration> retryAfter() {
            return Optional.ofNullable(retryAfter);
        }
    }

    /** The server could not prove to be the one that was asked for. */
    public static final class Untrusted extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public Untrusted(String message, Throwable cause) {
            super("untrusted", message, cause);
        }
    }

    /** The server answered with something that no livepatch server says. */
    public static final class InvalidAnswer extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public InvalidAnswer(String message, @Nullable Throwable cause) {
            super("invalid answer", message, cause);
        }
    }

    /** The bytes of a patch are not those that were announced. They have been deleted. */
    public static final class CorruptPatch extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public CorruptPatch(String message) {
            super("wrong sha256", message, null);
        }
    }

    /** This machine's disk is full, or the file is not ours to write. */
    public static final class DiskFailure extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public DiskFailure(String message, @Nullable Throwable cause) {
            super("disk failure", message, cause);
        }
    }

    /** The calling thread was interrupted; its flag is set again. */
    public static final class Interrupted extends LivepatchException {
        private static final long serialVersionUID = 1L;

        public Interrupted(String message, Throwable cause) {
            super("interrupted", message, cause);
        }
    }
}
