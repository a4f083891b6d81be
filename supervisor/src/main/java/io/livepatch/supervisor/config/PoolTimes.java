package io.livepatch.supervisor.config;

import io.livepatch.common.config.GoDuration;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import java.time.Duration;

/** Upper bounds of durations in a pool. */
record PoolTimes(PoolSpec spec) {

    /** Leaving the balancer. */
    Duration drain() {
        return spec.listening() instanceof Listening.Proxied proxied ? proxied.drain() : Duration.ZERO;
    }

    /** From the beginning of a stop until the process has ended. */
    Duration stopping() {
        return drain().plus(spec.stop().timeout());
    }

    /** From launch until ready; a longer start counts as a crash. */
    Duration untilReady() {
        return spec.ready().map(HealthCheck::startPeriod).orElse(Duration.ZERO);
    }

    Duration oneRecycle() {
        return untilReady().plus(stopping());
    }

    /** A recycle of each worker, as many at a time as allowed. */
    Duration allRecycles() {
        int atOnce = spec.recycling().maxUnavailable();
        return oneRecycle().multipliedBy(Math.ceilDiv(spec.replicas(), atOnce));
    }

    /** The parts of {@link #oneRecycle}: "1m until ready, 10s to drain, 10s to end". */
    String recycleParts() {
        return (untilReady().isPositive() ? GoDuration.print(untilReady()) + " until ready, " : "") + stopParts();
    }

    /** The parts of {@link #stopping}: "10s to drain, 10s to end". */
    String stopParts() {
        String end = GoDuration.print(spec.stop().timeout()) + " to end";
        return drain().isPositive() ? GoDuration.print(drain()) + " to drain, " + end : end;
    }
}
