package io.livepatch.server.problem;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A failed request. The message is the {@code detail} of its RFC 9457 problem document: it says what to change, and never contains a
 * secret.
 */
public abstract sealed class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String title;

    private ProblemException(int status, String title, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.status = status;
        this.title = title;
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The same for all problems of a type. */
    public String title() {
        return title;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    /** The header {@code Retry-After}, if a retry helps. */
    public Optional<Duration> retryAfter() {
        return Optional.empty();
    }

    /** The header {@code WWW-Authenticate}. */
    public Optional<String> challenge() {
        return Optional.empty();
    }

    /** Something in the request is malformed or out of bounds. */
    public static final class BadRequest extends ProblemException {
        private static final long serialVersionUID = 1L;

        public BadRequest(String detail) {
            this(detail, null);
        }

        public BadRequest(String detail, @Nullable Throwable cause) {
            super(400, "Bad request", detail, cause);
        }
    }

    /** The caller is not authenticated. */
    public static final class Unauthorized extends ProblemException {
        private static final long serialVersionUID = 1L;
        private final String challenge;

        /** Asks for a bearer token. */
        public Unauthorized(String detail) {
            this(detail, "Bearer realm=\"livepatch\"");
        }

        public Unauthorized(String detail, String challenge) {
            super(401, "Unauthorized", detail, null);
            this.challenge = challenge;
        }

        @Override
        public Optional<String> challenge() {
            return Optional.of(challenge);
        }
    }

    /** The caller is authenticated and lacks the permission. */
    public static final class Forbidden extends ProblemException {
        private static final long serialVersionUID = 1L;

        public Forbidden(String detail) {
            super(403, "Forbidden", detail, null);
        }
    }

    public static final class NotFound extends ProblemException {
        private static final long serialVersionUID = 1L;

        public NotFound(String detail) {
            this(detail, null);
        }

        public NotFound(String detail, @Nullable Throwable cause) {
            super(404, "Not found", detail, cause);
        }
    }

    /** 409: the request contradicts what is stored. */
    public static final class Conflict extends ProblemException {
        private static final long serialVersionUID = 1L;

        public Conflict(String detail) {
            this(detail, null);
        }

        public Conflict(String detail, @Nullable Throwable cause) {
            super(409, "Conflict", detail, cause);
        }
    }

    /** The body did not arrive in time. */
    public static final class RequestTimeout extends ProblemException {
        private static final long serialVersionUID = 1L;

        public RequestTimeout(String detail, @Nullable Throwable cause) {
            super(408, "Request timeout", detail, cause);
        }
    }

    /** The caller, or callers from its address, tried too often. */
    public static final class TooManyRequests extends ProblemException {
        private static final long serialVersionUID = 1L;
        private final Duration after;

        /**
         * @param after how long the refusal lasts; rounded up to whole seconds, at least one
         */
        public TooManyRequests(String detail, Duration after) {
            super(429, "Too many requests", detail, null);
            this.after = Duration.ofSeconds(Math.max(1, after.plusMillis(999).toSeconds()));
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(after);
        }
    }

    /** The body is longer than is allowed. */
    public static final class TooLarge extends ProblemException {
        private static final long serialVersionUID = 1L;

        public TooLarge(String detail) {
            super(413, "Content too large", detail, null);
        }
    }

    /** The bytes are not the bytes announced. */
    public static final class DigestMismatch extends ProblemException {
        private static final long serialVersionUID = 1L;

        public DigestMismatch(String detail, @Nullable Throwable cause) {
            super(422, "Digest mismatch", detail, cause);
        }
    }

    /** The bytes are no patch, or not the one that the name says. */
    public static final class PatchRefused extends ProblemException {
        private static final long serialVersionUID = 1L;

        public PatchRefused(String detail) {
            super(422, "Patch refused", detail, null);
        }
    }

    /** A defect of the server that a retry does not cure, and whose detail the caller may see. */
    public static final class Broken extends ProblemException {
        private static final long serialVersionUID = 1L;

        public Broken(String detail, @Nullable Throwable cause) {
            super(500, "Internal server error", detail, cause);
        }
    }

    /** A retry may succeed. */
    public static final class Unavailable extends ProblemException {
        private static final long serialVersionUID = 1L;
        private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

        public Unavailable(String detail) {
            this(detail, null);
        }

        public Unavailable(String detail, @Nullable Throwable cause) {
            super(503, "Service unavailable", detail, cause);
        }

        @Override
        public Optional<Duration> retryAfter() {
            return Optional.of(RETRY_AFTER);
        }
    }

    public static final class Full extends ProblemException {
        private static final long serialVersionUID = 1L;

        public Full(String detail, @Nullable Throwable cause) {
            super(507, "Insufficient storage", detail, cause);
        }
    }
}
