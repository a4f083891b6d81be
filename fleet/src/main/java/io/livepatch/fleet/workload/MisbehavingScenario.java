package io.livepatch.fleet.workload;

import io.livepatch.fleet.load.IterationException;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** {@code misbehaving}: one misdeed each turn, content only with the right refusal, said as a problem (RFC 9457). */
final class MisbehavingScenario implements Scenario {
    private final String server;
    private final AtomicLong turns = new AtomicLong();

    MisbehavingScenario(String server) {
        this.server = server;
    }

    @Override
    public void play(int monkey, Iteration iteration) throws InterruptedException {
        int next = (int) (turns.getAndIncrement() % BadRequest.ALL.size());
        BadRequest badRequest = BadRequest.ALL.get(next);
        RequestFixture requestFixture = new RequestFixture(server, monkey, iteration.enrolled(monkey), iteration);
        iteration.misbehave(
                badRequest.name(), badRequest.act().request(requestFixture), answer -> judge(badRequest, answer));
    }

    private static void judge(BadRequest badRequest, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        if (!badRequest.refusals().contains(status)) {
            throw new IterationException(
                    badRequest.name() + ": status " + status,
                    "'%s' was answered with %d where %s is right"
                            .formatted(badRequest.name(), status, badRequest.refusals()),
                    null);
        }
        if (!problem(answer)) {
            throw new IterationException(
                    badRequest.name() + ": no problem",
                    "'%s' was refused with %d, but not as application/problem+json with that status"
                            .formatted(badRequest.name(), status),
                    null);
        }
    }

    private static boolean problem(HttpResponse<byte[]> answer) {
        try {
            return answer.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json")
                    && JsonMapper.shared()
                                    .readTree(answer.body())
                                    .path("status")
                                    .asInt(0)
                            == answer.statusCode();
        } catch (JacksonException e) {
            return false;
        }
    }
}
