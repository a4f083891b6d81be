package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.Reason;
import io.livepatch.supervisor.Usage;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One process of a worker, from the order to start it until its end.
 *
 * @param number of this start; tells what belongs to an earlier process from what belongs to this one
 * @param pid from its launch to its end, whatever the worker's state
 * @param launchedAt when it began
 * @param readyAt when it was first ready; only time after that is stable time
 * @param entry how far it is with the balancer
 * @param condemned why it has to be replaced, when it has
 */
record Run(
        int number,
        Optional<Long> pid,
        Instant launchedAt,
        Optional<Instant> readyAt,
        Tally ready,
        Tally live,
        Entry entry,
        Optional<Reason> condemned,
        Optional<Usage> usage) {

    /** With the balancer, a process is outside, asked for, or in. */
    enum Entry {
        OUTSIDE,
        ASKED,
        IN
    }

    static Run none(Instant now) {
        return new Run(0, now);
    }

    /** Ordered, and nothing known of it yet. */
    private Run(int number, Instant now) {
        this(
                number,
                Optional.empty(),
                now,
                Optional.empty(),
                Tally.NONE,
                Tally.NONE,
                Entry.OUTSIDE,
                Optional.empty(),
                Optional.empty());
    }

    Run next(Instant now) {
        return new Run(number + 1, now);
    }

    Run launched(long process, Instant now) {
        return new Run(number, Optional.of(process), now, readyAt, ready, live, entry, condemned, usage);
    }

    /** It is ready, for the first time or once more. */
    Run readyOnce(Instant now) {
        return new Run(
                number, pid, launchedAt, readyAt.or(() -> Optional.of(now)), ready, live, entry, condemned, usage);
    }

    Run gone() {
        return new Run(
                number, Optional.empty(), launchedAt, readyAt, ready, live, Entry.OUTSIDE, condemned, Optional.empty());
    }

    Run withReady(Tally tally) {
        return new Run(number, pid, launchedAt, readyAt, tally, live, entry, condemned, usage);
    }

    Run withLive(Tally tally) {
        return new Run(number, pid, launchedAt, readyAt, ready, tally, entry, condemned, usage);
    }

    Run withEntry(Entry next) {
        return new Run(number, pid, launchedAt, readyAt, ready, live, next, condemned, usage);
    }

    Run condemned(Reason reason) {
        return new Run(number, pid, launchedAt, readyAt, ready, live, entry, Optional.of(reason), usage);
    }

    /** Requests are counted elsewhere than the rest, so what was known of them stays. */
    Run measured(Usage now) {
        OptionalLong requests = now.requests().isPresent()
                ? now.requests()
                : usage.map(Usage::requests).orElse(OptionalLong.empty());
        Usage all = new Usage(now.processes(), now.residentBytes(), now.cpu(), now.openFiles(), requests);
        return new Run(number, pid, launchedAt, readyAt, ready, live, entry, condemned, Optional.of(all));
    }
}
