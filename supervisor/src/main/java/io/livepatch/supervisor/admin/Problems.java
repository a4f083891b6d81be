package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.debug.DebugException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what went wrong, as RFC 9457 does. */
final class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(400, "bad request"),
            Map.entry(401, "not authenticated"),
            Map.entry(403, "forbidden"),
            Map.entry(404, "not found"),
            Map.entry(405, "method not allowed"),
            Map.entry(409, "conflict"),
            Map.entry(413, "too large"),
            Map.entry(429, "busy"),
            Map.entry(500, "internal error"),
            Map.entry(501, "not supported here"),
            Map.entry(502, "the worker failed"),
            Map.entry(504, "took too long"));

    private record Problem(String title, int status, String detail) {}

    private Problems() {}

    static Answer of(RuntimeException e) {
        return switch (e) {
            case RequestException it -> answer(it.status(), it, it.headers());
            case SupervisorException.InvalidSpec it -> answer(400, it);
            case SupervisorException.Refused it -> answer(409, it);
            case SupervisorException.RestartStalled it -> answer(504, it);
            case SupervisorException.Unsupported it -> answer(501, it);
            case DebugException.NotPossible it -> answer(409, it);
            case DebugException.Busy it -> answer(429, it, Map.of("Retry-After", "5"));
            case DebugException.Stuck it -> answer(504, it);
            case DebugException.Failed it -> answer(502, it);
            default -> unexpected(e);
        };
    }

    private static Answer answer(int status, RuntimeException e) {
        return answer(status, e, Map.of());
    }

    private static Answer answer(int status, RuntimeException e, Map<String, String> headers) {
        String detail = String.valueOf(e.getMessage());
        return Answer.problem(status, headers, new Problem(TITLES.getOrDefault(status, "error"), status, detail));
    }

    private static Answer unexpected(RuntimeException e) {
        log.error("a request failed in a way that nobody thought of", e);
        return answer(500, new RequestException(500, "a defect of the supervisor; its log tells more"));
    }
}
