package io.livepatch.fleet.load;

import io.livepatch.fleet.load.MonkeyInfo.State;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The states, last failures and notable events of the monkeys of one flock. Thread-safe as {@link Monkeys} is. */
final class MonkeyHistory {
    private final String flock;
    private final Instant begin;
    private final Monkeys monkeys;
    private final ErrorKinds errorKinds = new ErrorKinds();
    private final EventLog events = new EventLog();

    MonkeyHistory(String flock, Instant begin, Monkeys monkeys) {
        this.flock = flock;
        this.begin = begin;
        this.monkeys = monkeys;
    }

    /** A turn has ended; the monkey is still running. */
    void note(int monkey, Optional<IterationException> failure, long now) {
        boolean recovers = failure.isEmpty() && monkeys.is(monkey, Monkeys.FAILED);
        if (failure.isPresent()) {
            IterationException why = failure.get();
            monkeys.note(monkey, errorKinds.number(why.kind()), now);
            events.add(begin.plusNanos(now), monkey, why.kind() + ": " + why.getMessage());
        } else {
            monkeys.note(monkey, 0, now);
        }
        if (recovers) {
            events.add(begin.plusNanos(now), monkey, "goes on without error");
        }
    }

    List<String> log(int monkey) {
        return events.of(monkey);
    }

    /** The state of a monkey of this replica. */
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
                kind == 0 ? Optional.empty() : Optional.of(errorKinds.name(kind)));
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

    /** The last notable events of all monkeys of a flock. Bounded; thread-safe. */
    private static final class EventLog {
        private static final int LINES = 10_000;
        private static final int LENGTH = 500;

        private final ArrayDeque<Line> lines = new ArrayDeque<>();

        private record Line(Instant at, int monkey, String text) {}

        synchronized void add(Instant at, int monkey, String text) {
            if (lines.size() == LINES) {
                lines.remove();
            }
            lines.add(new Line(at, monkey, text.length() > LENGTH ? text.substring(0, LENGTH) + "…" : text));
        }

        /** Oldest first. */
        synchronized List<String> of(int monkey) {
            return lines.stream()
                    .filter(line -> line.monkey == monkey)
                    .map(line -> line.at + " " + line.text)
                    .toList();
        }
    }

    /** Numbers from 1 for kinds of errors, so that a monkey stores its last one in two bytes. The last number is that of all further kinds. */
    private static final class ErrorKinds {
        private static final int MOST = 100;

        private final List<String> names = new CopyOnWriteArrayList<>();

        int number(String kind) {
            int known = names.indexOf(kind);
            return known >= 0 ? known + 1 : admit(kind);
        }

        private synchronized int admit(String kind) {
            String name = names.size() < MOST - 1 ? kind : "other";
            int known = names.indexOf(name);
            if (known >= 0) {
                return known + 1;
            }
            names.add(name);
            return names.size();
        }

        String name(int number) {
            return names.get(number - 1);
        }
    }
}
