package io.livepatch.fleet.business;

import io.livepatch.fleet.load.TurnFailed;
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
    public void play(int monkey, Turn turn) throws InterruptedException {
        int next = (int) (turns.getAndIncrement() % Misdeed.ALL.size());
        Misdeed misdeed = Misdeed.ALL.get(next);
        Scene scene = new Scene(server, monkey, turn.enrolled(monkey), turn);
        turn.misbehave(misdeed.name(), misdeed.act().request(scene), answer -> judge(misdeed, answer));
    }

    private static void judge(Misdeed misdeed, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        if (!misdeed.refusals().contains(status)) {
            throw new TurnFailed(
                    misdeed.name() + ": status " + status,
                    "'%s' was answered with %d where %s is right".formatted(misdeed.name(), status, misdeed.refusals()),
                    null);
        }
        if (!problem(answer)) {
            throw new TurnFailed(
                    misdeed.name() + ": no problem",
                    "'%s' was refused with %d, but not as application/problem+json with that status"
                            .formatted(misdeed.name(), status),
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
