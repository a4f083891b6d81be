package io.livepatch.supervisor.config;

import io.livepatch.supervisor.PoolSpec;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One entry of {@code supervisor.workers}.
 *
 * @param desiredHealthyPercentage how many of the replicas must be ready for the pool to count as healthy; without it, one
 * @param balancerDirectory where the balancer of this pool keeps its files; used in proxy mode alone
 */
public record PoolSettings(PoolSpec spec, Optional<Integer> desiredHealthyPercentage, Path balancerDirectory) {

    public String name() {
        return spec.name();
    }

    /** Whether so many ready members are enough; truncated as Monoceros does: 2 of 3 are 66 percent. */
    public boolean healthy(int ready) {
        int percentage = desiredHealthyPercentage.orElse(-1);
        if (spec.replicas() == 0 || percentage == 0) {
            return true;
        }
        return percentage < 0 ? ready >= 1 : ready * 100 / spec.replicas() >= percentage;
    }
}
