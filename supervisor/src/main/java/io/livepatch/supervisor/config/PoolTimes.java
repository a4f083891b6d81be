package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.time.Duration;

/** Upper bounds of durations in a pool, as far as its spec has them. */
record PoolTimes(PoolSpec spec) {

    /** A worker leaves the balancer. */
    Duration drain() {
        return spec.listening() instanceof Listening.Proxied proxied ? proxied.drain() : Duration.ZERO;
    }

    /** From the first word to leave until the process is gone. */
    Duration stopping() {
        return drain().plus(spec.stop().timeout());
    }

    /** From launch until ready; beyond that it counts as a crash. */
    Duration untilReady() {
        return spec.ready().map(HealthCheck::startPeriod).orElse(Duration.ZERO);
    }

    Duration oneRecycle() {
        return untilReady().plus(stopping());
    }

    /** Every member once, as many at a time as may be. */
    Duration allRecycles() {
        int k = spec.recycling().maxUnavailable();
        return oneRecycle().multipliedBy((spec.replicas() + k - 1) / k);
    }

    /** "up to 60s until ready, 10s to drain, 10s to end": what {@link #oneRecycle} is made of. */
    String parts() {
        StringBuilder text = new StringBuilder();
        if (untilReady().isPositive()) {
            text.append(GoDuration.print(untilReady())).append(" until ready, ");
        }
        if (drain().isPositive()) {
            text.append(GoDuration.print(drain())).append(" to drain, ");
        }
        return text.append(GoDuration.print(spec.stop().timeout()))
                .append(" to end")
                .toString();
    }
}
