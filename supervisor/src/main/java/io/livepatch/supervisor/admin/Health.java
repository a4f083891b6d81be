package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * The health of all pools.
 *
 * @param shutdown the progress of the shutdown, if one began
 */
record Health(String status, Optional<String> shutdown, List<PoolHealth> pools) {

    /**
     * The health of one pool.
     *
     * @param percent the percentage of replicas that are ready, rounded down
     * @param failed the workers that are no longer restarted
     * @param recycling the workers that are to be replaced or replace others
     * @param problems for each worker that is not ready, the reason
     */
    record PoolHealth(
            String name,
            boolean healthy,
            long ready,
            int replicas,
            long percent,
            OptionalInt desiredPercent,
            boolean paused,
            List<String> failed,
            List<String> recycling,
            List<String> problems) {

        static PoolHealth of(Pool pool, OptionalInt desired) {
            List<WorkerInfo> workers = pool.workers();
            int replicas = pool.spec().replicas();
            long ready = workers.stream().filter(JsonViews::serves).count();
            long percent = replicas == 0 ? 100 : 100 * ready / replicas;
            return new PoolHealth(
                    pool.name(),
                    desired.isPresent() ? percent >= desired.getAsInt() : ready >= Math.min(1, replicas),
                    ready,
                    replicas,
                    percent,
                    desired,
                    pool.paused(),
                    ids(workers, it -> it.state() == WorkerState.FAILED),
                    ids(workers, PoolHealth::isBeingReplaced),
                    workers.stream()
                            .flatMap(worker -> worker.problem().map(it -> worker.id() + ": " + it).stream())
                            .toList());
        }

        private static boolean isBeingReplaced(WorkerInfo worker) {
            return worker.due().isPresent() || worker.role() != WorkerInfo.Role.MEMBER;
        }

        private static List<String> ids(List<WorkerInfo> workers, Predicate<WorkerInfo> which) {
            return workers.stream().filter(which).map(WorkerInfo::id).toList();
        }
    }

    static Health of(AdminOperations operations) {
        List<PoolHealth> pools = operations.pools().stream()
                .map(pool -> PoolHealth.of(pool, operations.desiredHealthyPercentage(pool.name())))
                .toList();
        boolean healthy = pools.stream().allMatch(PoolHealth::healthy);
        return new Health(healthy ? "healthy" : "unhealthy", operations.shutdown(), pools);
    }

    int httpStatus() {
        return "healthy".equals(status) ? 200 : 503;
    }
}
