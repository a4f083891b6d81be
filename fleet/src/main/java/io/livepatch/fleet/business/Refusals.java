package io.livepatch.fleet.business;

import io.livepatch.fleet.ExchangeListener;
import io.livepatch.fleet.figures.Recorder;
import java.time.Duration;
import java.util.Set;

/** Records what a call that came to a good end would hide: who answered, who sent it away first, and whether it had to wait here. */
record Refusals(Recorder recorder) implements ExchangeListener {
    private static final Set<Integer> COME_BACK_LATER = Set.of(429, 503);

    @Override
    public void heard(Attempt attempt) {
        switch (attempt) {
            case Attempt.Answered answer -> answered(answer);
            case Attempt.Held _ -> recorder.held();
            case Attempt.Failed _ -> {}
        }
    }

    private void answered(Attempt.Answered answer) {
        switch (answer.by()) {
            case Giver.Unit(String name) -> recorder.answered(name);
            case Giver.Door() -> recorder.unnamed();
            case Giver.Elsewhere _ -> {}
        }
        if (COME_BACK_LATER.contains(answer.status())) {
            recorder.refused(answer.call(), answer.status(), answer.retryAfter().orElse(Duration.ZERO));
        }
    }
}
