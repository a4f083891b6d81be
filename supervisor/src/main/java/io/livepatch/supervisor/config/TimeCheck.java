package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import java.time.Duration;
import java.util.Comparator;

/** Checks the durations of shutdowns, lifespans and the queue of replacements against each other. */
record TimeCheck(Diagnostic.Collector diagnostics) {

    /** The time that balancers and the supervisor itself need after the last worker has stopped. */
    private static final Duration SLACK = Duration.ofSeconds(2);

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
                        "a shutdown may kill workers of this pool early: they may take %s (%s), and shutdown.deadline is %s; set that to %s or more"
                                .formatted(
                                        GoDuration.print(times.stopping()),
                                        times.stopParts(),
                                        GoDuration.print(deadline),
                                        GoDuration.print(times.stopping().plus(SLACK))));
            }
        }
        checkOrchestrators(shutdown(config));
    }

    /** The maximum duration of a shutdown. All pools stop concurrently, so the slowest one decides. */
    static Duration shutdown(SupervisorConfig config) {
        Duration slowest = config.pools().stream()
                .map(pool -> new PoolTimes(pool.spec()).stopping())
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
        Duration deadline = config.shutdownDeadline();
        return (slowest.compareTo(deadline) < 0 ? slowest : deadline).plus(SLACK);
    }

    private void checkOrchestrators(Duration shutdown) {
        if (shutdown.compareTo(KUBERNETES) <= 0) {
            return;
        }
        String systemd = shutdown.compareTo(SYSTEMD) <= 0 ? "" : ", and systemd after 90s (TimeoutStopSec)";
        diagnostics.add(Diagnostic.remark(
                "shutdown.deadline",
                "an orderly shutdown may take %s; by default Kubernetes kills after 30s (terminationGracePeriodSeconds)%s: grant at least %ds"
                        .formatted(
                                GoDuration.print(shutdown),
                                systemd,
                                shutdown.plusMillis(999).toSeconds())));
    }

    void check(PoolSpec spec) {
        spec.limits().lifespan().ifPresent(lifespan -> {
            checkRestartLimit(spec, lifespan);
            checkQueue(spec, lifespan);
        });
    }

    private void checkRestartLimit(PoolSpec spec, Duration lifespan) {
        spec.restart()
                .maxCrashes()
                .ifPresent(max -> diagnostics.remark(
                        spec,
                        "max_restarts",
                        "Monoceros counts planned recycles against it and would stop everything after %s (%d lifespans of %s); this supervisor does not count them"
                                .formatted(
                                        GoDuration.print(lifespan.multipliedBy(max + 1L)),
                                        max + 1L,
                                        GoDuration.print(lifespan))));
    }

    private void checkQueue(PoolSpec spec, Duration lifespan) {
        PoolTimes times = new PoolTimes(spec);
        Duration all = times.allRecycles();
        if (all.compareTo(lifespan) > 0) {
            diagnostics.remark(
                    spec,
                    "limits.lifespan",
                    "the queue of recycles may never catch up: one may take %s (%s), so %d workers, %d at a time, take up to %s, and each is due again after %s; raise the lifespan or max_unavailable, or lower those times"
                            .formatted(
                                    GoDuration.print(times.oneRecycle()),
                                    times.recycleParts(),
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
