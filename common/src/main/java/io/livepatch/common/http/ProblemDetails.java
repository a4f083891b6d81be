package io.livepatch.common.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns exceptions of handlers into problem details (RFC 9457).
 *
 * @param program the name in the detail of status 500
 * @param titles by status, in addition to the default titles or instead of them
 * @param errors whether each problem has the member {@code errors}, even if it is empty
 * @param translation from the program's exceptions to {@link RequestException}; leaves others as they are
 */
public record ProblemDetails(
        String program, Map<Integer, String> titles, boolean errors, UnaryOperator<RuntimeException> translation) {
    private static final Logger log = LoggerFactory.getLogger(ProblemDetails.class);
    private static final Map<Integer, String> TITLES = Map.of(
            400, "bad request",
            401, "not authenticated",
            403, "forbidden",
            404, "not found",
            405, "method not allowed",
            409, "conflict",
            413, "too large",
            500, "internal error");

    private record Problem(String title, int status, String detail, Optional<List<String>> errors) {}

    /** The response to a request whose handler threw. */
    Response response(RuntimeException thrown) {
        return switch (translation.apply(thrown)) {
            case RequestException refused -> response(refused);
            case ClientGoneException gone -> throw gone;
            default -> {
                log.error("a request failed with an exception that has no status", thrown);
                yield response(
                        new RequestException(500, "a defect of the %s; see its log for the cause".formatted(program)));
            }
        };
    }

    private Response response(RequestException refused) {
        int status = refused.status();
        String title = titles.getOrDefault(status, TITLES.getOrDefault(status, "error"));
        Problem problem = new Problem(
                title,
                status,
                String.valueOf(refused.getMessage()),
                errors ? Optional.of(refused.errors()) : Optional.empty());
        return Response.bytes(status, "application/problem+json", SnakeCaseJson.bytes(problem))
                .with(refused.headers());
    }
}
