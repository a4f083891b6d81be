package io.livepatch.fleet.load;

import io.livepatch.fleet.load.FlockRun.MonkeyInfo;
import io.livepatch.fleet.load.FlockRun.MonkeyInfo.State;
import io.livepatch.fleet.load.WorkloadRunner.IterationException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The last failures and recent events of the monkeys of one flock. Thread-safe as {@link MonkeyStates} is. */
final class MonkeyHistory {
    private final String flock;
    private final Instant begin;
    private final MonkeyStates monkeys;
    private final ErrorKinds errorKinds = new ErrorKinds();
    private final EventLog events = new EventLog();

    MonkeyHistory(String flock, Instant begin, MonkeyStates monkeys) {
        this.flock = flock;
        this.begin = begin;
        this.monkeys = monkeys;
    }

    /** Called after an iteration, while the monkey is still RUNNING. */
    void record(int monkey, Optional<IterationException> failure, long now) {
        boolean recovered = failure.isEmpty() && monkeys.is(monkey, MonkeyStates.FAILED);
        if (failure.isPresent()) {
            IterationException why = failure.get();
            monkeys.record(monkey, errorKinds.number(why.kind()), now);
            events.add(begin.plusNanos(now), monkey, why.kind() + ": " + why.getMessage());
        } else {
            monkeys.record(monkey, 0, now);
        }
        if (recovered) {
            events.add(begin.plusNanos(now), monkey, "recovered");
        }
    }

    List<String> log(int monkey) {
        return events.of(monkey);
    }

    MonkeyInfo info(int monkey, boolean ended) {
        int flags = monkeys.flags(monkey);
        int successes = monkeys.successes(monkey);
        int failures = monkeys.failures(monkey);
        int kind = monkeys.kind(monkey);
        return new MonkeyInfo(
                monkey,
                flock + "-" + monkey,
                ended ? State.FINISHED : state(flags),
                successes,
                failures,
                successes + failures == 0 ? Optional.empty() : Optional.of(begin.plusNanos(monkeys.lastNanos(monkey))),
                kind == 0 ? Optional.empty() : Optional.of(errorKinds.name(kind)));
    }

    private static State state(int flags) {
        if ((flags & MonkeyStates.FINISHED) != 0) {
            return State.FINISHED;
        }
        if ((flags & MonkeyStates.RUNNING) != 0) {
            return State.RUNNING;
        }
        if ((flags & MonkeyStates.FAILED) != 0) {
            return State.ERROR;
        }
        return (flags & MonkeyStates.BEGUN) != 0 ? State.IDLE : State.WAITING;
    }

    /** The recent events of all monkeys of a flock. Bounded; thread-safe. */
    private static final class EventLog {
        private static final int MAX_LINES = 10_000;
        private static final int MAX_LENGTH = 500;

        private final ArrayDeque<Line> lines = new ArrayDeque<>();

        private record Line(Instant at, int monkey, String text) {}

        synchronized void add(Instant at, int monkey, String text) {
            if (lines.size() == MAX_LINES) {
                lines.remove();
            }
            lines.add(new Line(at, monkey, text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text));
        }

        /** Oldest first. */
        synchronized List<String> of(int monkey) {
            return lines.stream()
                    .filter(line -> line.monkey == monkey)
                    .map(line -> line.at + " " + line.text)
                    .toList();
        }
    }

    /** Numbers the kinds of errors from 1, so that a monkey stores its last one in two bytes. The last number stands for all further kinds. */
    private static final class ErrorKinds {
        private static final int MAX_KINDS = 100;

        private final List<String> names = new CopyOnWriteArrayList<>();

        int number(String kind) {
            int known = names.indexOf(kind);
            return known >= 0 ? known + 1 : admit(kind);
        }

        private synchronized int admit(String kind) {
            String name = names.size() < MAX_KINDS - 1 ? kind : "other";
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
