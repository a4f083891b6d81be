package io.livepatch.supervisor.config;

import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementPolicy;

/** Checks that enough workers stay ready during planned replacements, and during one crash. */
record CapacityCheck(Diagnostic.Collector diagnostics) {

    void check(PoolSettings pool) {
        PoolSpec spec = pool.spec();
        checkHealth(pool, spec.replicas() - leastReady(spec));
        if (spec.recycling().order() == ReplacementPolicy.Order.START_FIRST
                && spec.ready().isEmpty()
                && recycles(spec.limits())
                && !(spec.listening() instanceof Listening.Unmanaged)) {
            diagnostics.remark(
                    spec,
                    "ready",
                    "without a check a replacement counts as ready as soon as it runs, so the old worker may leave before the new one serves; give 'ready' or 'health'");
        }
    }

    private void checkHealth(PoolSettings pool, int missing) {
        PoolSpec spec = pool.spec();
        String key = "desired_healthy_percentage";
        if (missing > 0 && spec.replicas() > 1 && recycles(spec.limits()) && !pool.healthy(spec.replicas() - missing)) {
            diagnostics.remark(
                    spec,
                    key,
                    "every planned recycle makes this pool unhealthy: with order stop-first and max_unavailable %d, %d of %d are left; lower it, or use start-first"
                            .formatted(spec.recycling().maxUnavailable(), spec.replicas() - missing, spec.replicas()));
        } else if (spec.replicas() > 1 && !pool.healthy(spec.replicas() - 1)) {
            int most = (spec.replicas() - 1) * 100 / spec.replicas();
            diagnostics.remark(
                    spec,
                    key,
                    "one crashed worker already makes this pool unhealthy; at %d or less it does not".formatted(most));
        }
    }

    /** How many workers are ready while as many as allowed are replaced at once and nothing else fails. */
    static int leastReady(PoolSpec spec) {
        return switch (spec.recycling().order()) {
            case START_FIRST -> spec.replicas();
            case STOP_FIRST -> Math.max(0, spec.replicas() - spec.recycling().maxUnavailable());
        };
    }

    /** Whether workers are replaced without a request. */
    private static boolean recycles(Limits limits) {
        return limits.lifespan().isPresent() || limits.measured();
    }
}
