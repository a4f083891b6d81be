package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Whether the pools serve as they are meant to.
 *
 * @param shutdown how far it is, when there is one
 */
record Health(String status, Optional<String> shutdown, List<OfPool> pools) {

    /**
     * Of one pool.
     *
     * @param percent of the replicas that are ready, rounded down
     * @param failed workers that were given up
     * @param recycling workers that are to be replaced or are replacing others
     * @param problems what keeps workers from being ready, in words
     */
    record OfPool(
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

        static OfPool of(Pool pool, OptionalInt desired) {
            List<WorkerInfo> workers = pool.workers();
            int replicas = pool.spec().replicas();
            long ready = workers.stream().filter(JsonViews::serves).count();
            long percent = replicas == 0 ? 100 : 100 * ready / replicas;
            return new OfPool(
                    pool.name(),
                    desired.isPresent() ? percent >= desired.getAsInt() : ready >= Math.min(1, replicas),
                    ready,
                    replicas,
                    percent,
                    desired,
                    pool.paused(),
                    ids(workers, it -> it.state() == WorkerState.FAILED),
                    ids(workers, OfPool::isInMotion),
                    workers.stream()
                            .flatMap(worker -> worker.problem().map(it -> worker.id() + ": " + it).stream())
                            .toList());
        }

        private static boolean isInMotion(WorkerInfo worker) {
            return worker.due().isPresent() || worker.role() != WorkerInfo.Role.MEMBER;
        }

        private static List<String> ids(List<WorkerInfo> workers, Predicate<WorkerInfo> which) {
            return workers.stream().filter(which).map(WorkerInfo::id).toList();
        }
    }

    static Health of(AdminOperations operations) {
        List<OfPool> pools = operations.pools().stream()
                .map(pool -> OfPool.of(pool, operations.desiredHealthyPercentage(pool.name())))
                .toList();
        boolean healthy = pools.stream().allMatch(OfPool::healthy);
        return new Health(healthy ? "healthy" : "unhealthy", operations.shutdown(), pools);
    }

    int httpStatus() {
        return "healthy".equals(status) ? 200 : 503;
    }
}
