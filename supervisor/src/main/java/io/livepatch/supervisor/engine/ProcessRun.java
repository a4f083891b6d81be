package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import java.time.Duration;
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
record ProcessRun(
        int number,
        Optional<Long> pid,
        Instant launchedAt,
        Optional<Instant> readyAt,
        ProbeCounter ready,
        ProbeCounter live,
        Entry entry,
        Optional<ReplacementReason> condemned,
        Optional<ResourceUsage> usage) {

    /** With the balancer, a process is outside, asked for, or in. */
    enum Entry {
        OUTSIDE,
        ASKED,
        IN
    }

    static ProcessRun none(Instant now) {
        return new ProcessRun(0, now);
    }

    /** Ordered, and nothing known of it yet. */
    private ProcessRun(int number, Instant now) {
        this(
                number,
                Optional.empty(),
                now,
                Optional.empty(),
                ProbeCounter.NONE,
                ProbeCounter.NONE,
                Entry.OUTSIDE,
                Optional.empty(),
                Optional.empty());
    }

    ProcessRun next(Instant now) {
        return new ProcessRun(number + 1, now);
    }

    ProcessRun launched(long process, Instant now) {
        return new ProcessRun(number, Optional.of(process), now, readyAt, ready, live, entry, condemned, usage);
    }

    /** It is ready, for the first time or once more. */
    ProcessRun readyOnce(Instant now) {
        return new ProcessRun(
                number, pid, launchedAt, readyAt.or(() -> Optional.of(now)), ready, live, entry, condemned, usage);
    }

    ProcessRun gone() {
        return new ProcessRun(
                number, Optional.empty(), launchedAt, readyAt, ready, live, Entry.OUTSIDE, condemned, Optional.empty());
    }

    ProcessRun withReady(ProbeCounter probeCounter) {
        return new ProcessRun(number, pid, launchedAt, readyAt, probeCounter, live, entry, condemned, usage);
    }

    ProcessRun withLive(ProbeCounter probeCounter) {
        return new ProcessRun(number, pid, launchedAt, readyAt, ready, probeCounter, entry, condemned, usage);
    }

    ProcessRun withEntry(Entry next) {
        return new ProcessRun(number, pid, launchedAt, readyAt, ready, live, next, condemned, usage);
    }

    ProcessRun condemned(ReplacementReason reason) {
        return new ProcessRun(number, pid, launchedAt, readyAt, ready, live, entry, Optional.of(reason), usage);
    }

    /** Requests are counted elsewhere than the rest, so what was known of them stays. */
    ProcessRun measured(ResourceUsage now) {
        OptionalLong requests = now.requests().isPresent()
                ? now.requests()
                : usage.map(ResourceUsage::requests).orElse(OptionalLong.empty());
        ResourceUsage all =
                new ResourceUsage(now.processes(), now.residentBytes(), now.cpu(), now.openFiles(), requests);
        return new ProcessRun(number, pid, launchedAt, readyAt, ready, live, entry, condemned, Optional.of(all));
    }

    /**
     * What the looks at one process have come to.
     *
     * @param failures in a row
     * @param silences how many of the latest failures in a row had no answer at all
     * @param proven whether one has ever passed
     */
    record ProbeCounter(int passes, int failures, int silences, boolean proven) {

        static final ProbeCounter NONE = new ProbeCounter(0, 0, 0, false);

        ProbeCounter pass() {
            return new ProbeCounter(passes + 1, 0, 0, true);
        }

        ProbeCounter fail(ProbeFailure failure) {
            return new ProbeCounter(0, failures + 1, failure.silent() ? silences + 1 : 0, proven);
        }

        /** A failure that is not counted, but ends a row of passes. */
        ProbeCounter excuse() {
            return new ProbeCounter(0, failures, silences, proven);
        }

        boolean good(HealthCheck check) {
            return passes >= check.successes();
        }

        boolean bad(HealthCheck check) {
            return failures >= check.failures();
        }

        /** So many looks in a row without any answer that the process hangs. */
        boolean hung(HealthCheck check) {
            return silences >= check.failures();
        }

        /** Before the first success nothing counts, for as long as a start may take. */
        boolean excused(HealthCheck check, Duration uptime) {
            return !proven && uptime.compareTo(check.startPeriod()) < 0;
        }
    }
}
