package io.livepatch.server.http;

import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.ForeignText;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.WebApplicationException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** The one place where the status of an error is decided. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    /** A unit that is full answers 503 by the thousand, each for the same reason. */
    private static final LogRateLimiter UNAVAILABLE = new LogRateLimiter(Duration.ofSeconds(1), System::nanoTime);

    private Problems() {}

    /** What this failure is to the caller. An unexpected one is logged here, and answered without its message. */
    static Problem of(Throwable failure) {
        return switch (failure) {
            case JacksonException json -> Problem.of(400, "Bad request", json(json));
            case WebApplicationException http -> status(http.getResponse().getStatus(), allowed(http));
            case HttpException http when http.getCode() < 500 -> status(http.getCode(), Set.of());
            default -> ExceptionTranslator.problem(failure).map(Problems::known).orElseGet(() -> unexpected(failure));
        };
    }

    private static Problem known(ProblemException failure) {
        Map<String, String> headers = new LinkedHashMap<>();
        failure.retryAfter().ifPresent(after -> headers.put("Retry-After", String.valueOf(after.toSeconds())));
        failure.challenge().ifPresent(challenge -> headers.put("WWW-Authenticate", challenge));
        if (failure.status() == 408 || failure.status() == 413) {
            // The rest of the body is not read, so that nothing after it can be.
            headers.put("Connection", "close");
        }
        if (failure.status() == 503) {
            UNAVAILABLE
                    .pass()
                    .ifPresent(leftOut -> warn(failure, leftOut == 0 ? "" : "; and " + leftOut + " more before"));
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

    /** What a status means that a framework came up with, in our words. */
    static Problem status(int status, Set<String> allowed) {
        String title = HttpStatus.getMessage(status);
        return switch (status) {
            case 400 -> Problem.of(status, title, "the request is not valid HTTP, or its path or query is malformed");
            case 404 -> notFound();
            case 405 -> notAllowed(allowed);
            case 406 -> Problem.of(status, title, "the answer is JSON; accept application/json");
            case 408 -> Problem.of(status, title, "the request came too slowly");
            case 413 -> Problem.of(status, title, "the body is too long");
            case 414 -> Problem.of(status, title, "the URL is too long; at most 8 KiB for request line and headers");
            case 415 -> Problem.of(status, title, "send the body as Content-Type: application/json");
            case 431 -> Problem.of(status, title, "the headers are too long; at most 8 KiB in all");
            case 505 -> Problem.of(status, title, "speak HTTP/1.1");
            default -> Problem.of(status, title, "the request cannot be answered as it is");
        };
    }

    static Problem notFound() {
        return Problem.of(404, "Not found", "there is no such route; /openapi.yaml lists all of them");
    }

    static Problem stopping() {
        return Problem.of(503, "Service unavailable", "this unit is stopping; try again", Map.of("Retry-After", "5"));
    }

    static Problem notAProbe() {
        return Problem.of(
                404, "Not found", "server.worker-address answers probes only; all routes are on server.server-address");
    }

    static Problem notAllowed(Set<String> allowed) {
        String methods = String.join(", ", allowed.stream().sorted().toList());
        return Problem.of(405, "Method not allowed", "this route answers " + methods, Map.of("Allow", methods));
    }

    /** Says where the JSON is wrong without quoting it: it may hold a token. */
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
}
