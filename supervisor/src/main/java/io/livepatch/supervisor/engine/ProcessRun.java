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
 * One process of a worker, from the request to start it until its end.
 *
 * @param number of this start; events that carry another number belong to an earlier process and are ignored
 * @param pid from launch to end, whatever the worker's state
 * @param readyAt when it was first ready; only time after that counts as stable time
 * @param replacementReason why it is marked for replacement, if it is
 */
record ProcessRun(
        int number,
        Optional<Long> pid,
        Instant launchedAt,
        Optional<Instant> readyAt,
        ProbeCounter ready,
        ProbeCounter live,
        BalancerState balancerState,
        Optional<ReplacementReason> replacementReason,
        Optional<ResourceUsage> usage) {

    /** Whether the balancer sends requests to a process. */
    enum BalancerState {
        OUT,
        ENTERING,
        IN
    }

    /**
     * Counts the results of one health check of one process.
     *
     * @param passes in a row
     * @param failures in a row
     * @param unanswered how many of the latest failures in a row had no answer at all
     */
    record ProbeCounter(int passes, int failures, int unanswered, boolean everPassed) {

        static final ProbeCounter NONE = new ProbeCounter(0, 0, 0, false);

        ProbeCounter pass() {
            return new ProbeCounter(passes + 1, 0, 0, true);
        }

        ProbeCounter fail(ProbeFailure failure) {
            return new ProbeCounter(0, failures + 1, failure.unanswered() ? unanswered + 1 : 0, everPassed);
        }

        /** A failure within the start period: not counted, but it ends a row of passes. */
        ProbeCounter ignoreFailure() {
            return new ProbeCounter(0, failures, unanswered, everPassed);
        }

        boolean passing(HealthCheck check) {
            return passes >= check.successes();
        }

        boolean failing(HealthCheck check) {
            return failures >= check.failures();
        }

        boolean hung(HealthCheck check) {
            return unanswered >= check.failures();
        }

        boolean inStartPeriod(HealthCheck check, Duration uptime) {
            return !everPassed && uptime.compareTo(check.startPeriod()) < 0;
        }
    }

    static ProcessRun none(Instant now) {
        return new ProcessRun(0, now);
    }

    private ProcessRun(int number, Instant now) {
        this(
                number,
                Optional.empty(),
                now,
                Optional.empty(),
                ProbeCounter.NONE,
                ProbeCounter.NONE,
                BalancerState.OUT,
                Optional.empty(),
                Optional.empty());
    }

    ProcessRun next(Instant now) {
        return new ProcessRun(number + 1, now);
    }

    ProcessRun launched(long process, Instant now) {
        return new ProcessRun(
                number, Optional.of(process), now, readyAt, ready, live, balancerState, replacementReason, usage);
    }

    ProcessRun ready(Instant now) {
        Optional<Instant> first = readyAt.or(() -> Optional.of(now));
        return new ProcessRun(number, pid, launchedAt, first, ready, live, balancerState, replacementReason, usage);
    }

    ProcessRun ended() {
        return new ProcessRun(
                number,
                Optional.empty(),
                launchedAt,
                readyAt,
                ready,
                live,
                BalancerState.OUT,
                replacementReason,
                Optional.empty());
    }

    ProcessRun withReady(ProbeCounter counter) {
        return new ProcessRun(number, pid, launchedAt, readyAt, counter, live, balancerState, replacementReason, usage);
    }

    ProcessRun withLive(ProbeCounter counter) {
        return new ProcessRun(
                number, pid, launchedAt, readyAt, ready, counter, balancerState, replacementReason, usage);
    }

    ProcessRun withBalancerState(BalancerState next) {
        return new ProcessRun(number, pid, launchedAt, readyAt, ready, live, next, replacementReason, usage);
    }

    ProcessRun markedForReplacement(ReplacementReason reason) {
        return new ProcessRun(number, pid, launchedAt, readyAt, ready, live, balancerState, Optional.of(reason), usage);
    }

    /** Requests are counted by another source than the rest, so a measurement without them keeps the last count. */
    ProcessRun measured(ResourceUsage now) {
        OptionalLong requests = now.requests().isPresent()
                ? now.requests()
                : usage.map(ResourceUsage::requests).orElse(OptionalLong.empty());
        ResourceUsage all = now.withRequests(requests);
        return new ProcessRun(
                number, pid, launchedAt, readyAt, ready, live, balancerState, replacementReason, Optional.of(all));
    }
}
