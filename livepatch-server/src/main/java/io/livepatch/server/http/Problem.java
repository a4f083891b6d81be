package io.livepatch.server.http;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.ForeignText;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.WebApplicationException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * A problem document (RFC 9457), and the one mapping from failures to HTTP statuses.
 *
 * @param headers of the response: {@code Allow}, {@code Retry-After}, {@code WWW-Authenticate}
 */
@JsonPropertyOrder({"type", "title", "status", "detail"})
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        @JsonIgnore Map<String, String> headers) {
    private static final Logger LOG = LoggerFactory.getLogger(Problem.class);

    /** An overloaded unit answers 503 by the thousand, each for the same reason. */
    private static final LogRateLimiter UNAVAILABLE = new LogRateLimiter(Duration.ofSeconds(1), System::nanoTime);

    static final String CONTENT_TYPE = "application/problem+json";

    public Problem {
        headers = Map.copyOf(headers);
    }

    public static Problem of(int status, String title, String detail) {
        return of(status, title, detail, Map.of());
    }

    public static Problem of(int status, String title, String detail, Map<String, String> headers) {
        return new Problem("about:blank", title, status, detail, headers);
    }

    byte[] json() {
        return ApiJson.bytes(this);
    }

    /** The problem of a failure. An unexpected failure is logged, and its message is not shown to the caller. */
    static Problem of(Throwable failure) {
        return switch (failure) {
            case JacksonException json -> Problem.of(400, "Bad request", json(json));
            case WebApplicationException http -> ofStatus(http.getResponse().getStatus(), allowed(http));
            case HttpException http when http.getCode() < 500 -> ofStatus(http.getCode(), Set.of());
            default -> ExceptionTranslator.problem(failure).map(Problem::known).orElseGet(() -> unexpected(failure));
        };
    }

    private static Problem known(ProblemException failure) {
        Map<String, String> headers = new LinkedHashMap<>();
        failure.retryAfter().ifPresent(after -> headers.put("Retry-After", String.valueOf(after.toSeconds())));
        failure.challenge().ifPresent(challenge -> headers.put("WWW-Authenticate", challenge));
        if (failure.status() == 408 || failure.status() == 413) {
            // The rest of the body is not read, so the connection cannot be reused.
            headers.put("Connection", "close");
        }
        if (failure.status() == 503) {
            UNAVAILABLE
                    .pass()
                    .ifPresent(suppressed -> warn(
                            failure, suppressed == 0 ? "" : "; and " + suppressed + " more since the last message"));
        } else if (failure.status() >= 500) {
            warn(failure, "");
        }
        return Problem.of(failure.status(), failure.title(), failure.detail(), headers);
    }

    private static void warn(ProblemException failure, String others) {
        LOG.warn("answered {}: {}{}{}", failure.status(), failure.detail(), reason(failure.getCause()), others);
    }

    private static String reason(@org.jspecify.annotations.Nullable Throwable cause) {
        return cause == null ? "" : " (" + cause.getMessage() + ")";
    }

    private static Problem unexpected(Throwable failure) {
        LOG.error("a request failed with an unexpected exception", failure);
        return Problem.of(
                500, "Internal server error", "the server failed; its log has the reason under this request's id");
    }

    private static Set<String> allowed(WebApplicationException failure) {
        return failure instanceof NotAllowedException notAllowed
                ? notAllowed.getResponse().getAllowedMethods()
                : Set.of();
    }

    /** The problem of a status that Jetty or Jersey chose. */
    static Problem ofStatus(int status, Set<String> allowed) {
        String title = HttpStatus.getMessage(status);
        return switch (status) {
            case 400 -> Problem.of(status, title, "the request is not valid HTTP, or its path or query is malformed");
            case 404 -> notFound();
            case 405 -> notAllowed(allowed);
            case 406 -> Problem.of(status, title, "the answer is JSON; accept application/json");
            case 408 -> Problem.of(status, title, "the request did not arrive in time");
            case 413 -> Problem.of(status, title, "the body is too long");
            case 414 -> Problem.of(status, title, "the URL is too long; at most 8 KiB for request line and headers");
            case 415 -> Problem.of(status, title, "send the body as Content-Type: application/json");
            case 431 -> Problem.of(status, title, "the headers are too long; at most 8 KiB in all");
            case 505 -> Problem.of(status, title, "send HTTP/1.1");
            default -> Problem.of(status, title, "the request cannot be answered as it is");
        };
    }

    static Problem notFound() {
        return Problem.of(404, "Not found", "there is no such route; /openapi.yaml lists all of them");
    }

    static Problem stopping() {
        return Problem.of(503, "Service unavailable", "this unit is stopping; try again", Map.of("Retry-After", "5"));
    }

    static Problem probesOnly() {
        return Problem.of(
                404, "Not found", "server.worker-address answers probes only; all routes are on server.server-address");
    }

    static Problem notAllowed(Set<String> allowed) {
        String methods = String.join(", ", allowed.stream().sorted().toList());
        return Problem.of(405, "Method not allowed", "this route answers " + methods, Map.of("Allow", methods));
    }

    /** Describes the error and its position without quoting a value: it may be a token. */
    private static String json(JacksonException failure) {
        String where = failure.getLocation() == null
                ? ""
                : " at line " + failure.getLocation().getLineNr() + ", column "
                        + failure.getLocation().getColumnNr();
        return switch (failure) {
            case UnrecognizedPropertyException unknown ->
                "unknown field '" + printable(unknown.getPropertyName()) + "'; known are "
                        + unknown.getKnownPropertyIds();
            case MismatchedInputException mismatch
            when !mismatch.getPath().isEmpty() ->
                "field '" + printable(field(mismatch)) + "' has a value of the wrong kind";
            case MismatchedInputException _ -> "the body is not the JSON object that was expected";
            default -> "the body is not well-formed JSON" + where;
        };
    }

    private static String field(MismatchedInputException mismatch) {
        String name = mismatch.getPath().getLast().getPropertyName();
        return name == null ? "[]" : name;
    }

    private static String printable(String text) {
        return ForeignText.printable(text, 60);
    }

    /** Passes one event in each period and counts the suppressed ones. Thread-safe. */
    static final class LogRateLimiter {
        private final long period;
        private final LongSupplier nanoTime;
        private long passed;
        private long suppressed;

        LogRateLimiter(Duration period, LongSupplier nanoTime) {
            this.period = period.toNanos();
            this.nanoTime = nanoTime;
            this.passed = nanoTime.getAsLong() - this.period;
        }

        /** The number of suppressed events since the last one that passed; empty if this event is suppressed. */
        synchronized OptionalLong pass() {
            long now = nanoTime.getAsLong();
            if (now - passed < period) {
                suppressed++;
                return OptionalLong.empty();
            }
            OptionalLong count = OptionalLong.of(suppressed);
            passed = now;
            suppressed = 0;
            return count;
        }
    }
}
