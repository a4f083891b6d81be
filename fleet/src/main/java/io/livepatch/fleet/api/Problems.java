package io.livepatch.fleet.api;

import io.livepatch.fleet.replica.FlockCodec;
import io.livepatch.fleet.replica.ReplicaException;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what went wrong, as RFC 9457 does. */
final class Problems {
    private static final Logger log = LoggerFactory.getLogger(Problems.class);
    private static final Map<Integer, String> TITLES = Map.of(
            400, "bad request",
            401, "not authenticated",
            403, "forbidden",
            404, "not found",
            405, "method not allowed",
            409, "conflict",
            413, "too large",
            422, "not a flock",
            500, "internal error",
            503, "not to be known now");

    private record Problem(String title, int status, String detail, List<String> errors) {}

    private Problems() {}

    static Answer of(RuntimeException e) {
        return switch (e) {
            case RequestException it -> {
                Answer answer = answer(it.status(), it);
                for (Map.Entry<String, String> header : it.headers().entrySet()) {
                    answer = answer.with(header.getKey(), header.getValue());
                }
                yield answer;
            }
            case FlockCodec.Invalid it -> answer(422, String.valueOf(it.getMessage()), it.problems());
            case ReplicaException.Full it -> answer(409, it);
            case ReplicaException.Silent it -> answer(503, it).with("Retry-After", "1");
            case IllegalArgumentException it -> answer(400, it);
            default -> {
                log.error("a request failed in a way that nobody thought of", e);
                yield answer(500, "a defect of the fleet; its log tells more", List.of());
            }
        };
    }

    private static Answer answer(int status, RuntimeException e) {
        return answer(status, String.valueOf(e.getMessage()), List.of());
    }

    private static Answer answer(int status, String detail, List<String> errors) {
        return Answer.problem(status, new Problem(TITLES.getOrDefault(status, "error"), status, detail, errors));
    }
}
