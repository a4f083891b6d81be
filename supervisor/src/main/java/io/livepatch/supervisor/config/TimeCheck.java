package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.PoolSpec;
import java.time.Duration;
import java.util.Comparator;

/** Checks the durations of shutdowns, lifespans and the queue of replacements against each other. */
record TimeCheck(Diagnostic.Collector diagnostics) {

    /** The time that balancers and the supervisor itself need after the last worker has ended. */
    static final Duration SLACK = Duration.ofSeconds(2);

    private static final Duration KUBERNETES = Duration.ofSeconds(30);
    private static final Duration SYSTEMD = Duration.ofSeconds(90);

    void check(SupervisorConfig config) {
        Duration deadline = config.shutdownDeadline();
        for (PoolSettings pool : config.pools()) {
            PoolTimes times = new PoolTimes(pool.spec());
            if (times.stopping().compareTo(deadline) > 0) {
                diagnostics.remark(
                        pool.spec(),
                        "signal_timeout",
                        "a shutdown may cut this pool short: it has %s (%s), and shutdown.deadline kills after %s; set that to %s or more"
                                .formatted(
                                        GoDuration.print(times.stopping()),
                                        stopParts(times),
                                        GoDuration.print(deadline),
                                        GoDuration.print(times.stopping().plus(SLACK))));
            }
        }
        checkOrchestrators(ending(config));
    }

    /** All pools end at once, so the slowest decides. */
    static Duration ending(SupervisorConfig config) {
        Duration slowest = config.pools().stream()
                .map(pool -> new PoolTimes(pool.spec()).stopping())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        Duration deadline = config.shutdownDeadline();
        return (slowest.compareTo(deadline) < 0 ? slowest : deadline).plus(SLACK);
    }

    private static String stopParts(PoolTimes times) {
        String end = GoDuration.print(times.spec().stop().timeout()) + " to end";
        return times.drain().isPositive() ? GoDuration.print(times.drain()) + " to drain, " + end : end;
    }

    private void checkOrchestrators(Duration ending) {
        if (ending.compareTo(KUBERNETES) <= 0) {
            return;
        }
        String systemd = ending.compareTo(SYSTEMD) <= 0 ? "" : ", and systemd after 90s (TimeoutStopSec)";
        diagnostics.add(Diagnostic.remark(
                "shutdown.deadline",
                "an orderly end may take %s; Kubernetes kills after 30s (terminationGracePeriodSeconds)%s unless told otherwise: grant at least %ds"
                        .formatted(
                                GoDuration.print(ending),
                                systemd,
                                ending.plusMillis(999).toSeconds())));
    }

    void check(PoolSpec spec) {
        spec.limits().lifespan().ifPresent(lifespan -> {
            checkBudget(spec, lifespan);
            checkQueue(spec, lifespan);
        });
    }

    private void checkBudget(PoolSpec spec, Duration lifespan) {
        spec.restart()
                .maxCrashes()
                .ifPresent(most -> diagnostics.remark(
                        spec,
                        "max_restarts",
                        "Monoceros counts recycles against it, so there this pool would stop everything by itself after %s (%d lifespans of %s); here planned recycles do not count"
                                .formatted(
                                        GoDuration.print(lifespan.multipliedBy(most + 1L)),
                                        most + 1L,
                                        GoDuration.print(lifespan))));
    }

    private void checkQueue(PoolSpec spec, Duration lifespan) {
        PoolTimes times = new PoolTimes(spec);
        Duration all = times.allRecycles();
        if (all.compareTo(lifespan) > 0) {
            diagnostics.remark(
                    spec,
                    "limits.lifespan",
                    "the queue of recycles may never catch up: one may take %s (%s), so %d workers, %d at a time, take up to %s, and each is due again after %s; give more lifespan or max_unavailable, or less time"
                            .formatted(
                                    GoDuration.print(times.oneRecycle()),
                                    times.parts(),
                                    spec.replicas(),
                                    spec.recycling().maxUnavailable(),
                                    GoDuration.print(all),
                                    GoDuration.print(lifespan)));
        } else if (spec.limits().jitter() == 0 && spec.replicas() > 1) {
            diagnostics.remark(
                    spec,
                    "limits.jitter_ratio",
                    "without it all %d workers are due together after %s; they wait for one another, and the last may be replaced up to %s late; 0.1 spreads them"
                            .formatted(
                                    spec.replicas(),
                                    GoDuration.print(lifespan),
                                    GoDuration.print(all.minus(times.oneRecycle()))));
        }
    }
}
