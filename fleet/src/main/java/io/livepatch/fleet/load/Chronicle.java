package io.livepatch.fleet.load;

import io.livepatch.fleet.load.MonkeyInfo.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What is remembered of the monkeys of one flock, and how it is told. */
final class Chronicle {
    private final String flock;
    private final Instant begin;
    private final Monkeys monkeys;
    private final Kinds kinds = new Kinds();
    private final Journal journal = new Journal();

    Chronicle(String flock, Instant begin, Monkeys monkeys) {
        this.flock = flock;
        this.begin = begin;
        this.monkeys = monkeys;
    }

    /** A turn has ended; the monkey is still running. */
    void note(int monkey, Optional<TurnFailed> failure, long now) {
        boolean recovers = failure.isEmpty() && monkeys.is(monkey, Monkeys.FAILED);
        if (failure.isPresent()) {
            TurnFailed why = failure.get();
            monkeys.note(monkey, kinds.number(why.kind()), now);
            journal.add(begin.plusNanos(now), monkey, why.kind() + ": " + why.getMessage());
        } else {
            monkeys.note(monkey, 0, now);
        }
        if (recovers) {
            journal.add(begin.plusNanos(now), monkey, "goes on without error");
        }
    }

    List<String> log(int monkey) {
        return journal.of(monkey);
    }

    /** How one of ours does. */
    MonkeyInfo info(int monkey, boolean over) {
        int flags = monkeys.flags(monkey);
        int successes = monkeys.successes(monkey);
        int failures = monkeys.failures(monkey);
        int kind = monkeys.kind(monkey);
        return new MonkeyInfo(
                monkey,
                flock + "-" + monkey,
                over ? State.FINISHED : state(flags),
                successes,
                failures,
                successes + failures == 0 ? Optional.empty() : Optional.of(begin.plusNanos(monkeys.lastNanos(monkey))),
                kind == 0 ? Optional.empty() : Optional.of(kinds.name(kind)));
    }

    private static State state(int flags) {
        if ((flags & Monkeys.FINISHED) != 0) {
            return State.FINISHED;
        }
        if ((flags & Monkeys.RUNNING) != 0) {
            return State.RUNNING;
        }
        if ((flags & Monkeys.FAILED) != 0) {
            return State.ERROR;
        }
        return (flags & Monkeys.BEGUN) != 0 ? State.IDLE : State.WAITING;
    }
}
