package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Collects the state of each pool. */
final class PoolCollector implements MultiCollector {

    private final MetricSources metricSources;

    PoolCollector(MetricSources metricSources) {
        this.metricSources = metricSources;
    }

    @Override
    public MetricSnapshots collect() {
        Page page = new Page();
        metricSources.pools().get().forEach(pool -> {
            page.add(pool);
            metricSources
                    .connectionImbalance()
                    .apply(pool.name())
                    .ifPresent(it -> page.spread.add(it, "pool", pool.name()));
        });
        return page.snapshots();
    }

    private static final class Page {

        private final MetricFamilyBuilder monoceros = new MetricFamilyBuilder(
                "monoceros_workerpool_worker_state", "Workers by whether they have a process: running or terminated.");
        private final MetricFamilyBuilder states = new MetricFamilyBuilder("supervisor_workers", "Workers by state.");
        private final MetricFamilyBuilder desired =
                new MetricFamilyBuilder("supervisor_replicas_desired", "How many workers there are to be.");
        private final MetricFamilyBuilder ready =
                new MetricFamilyBuilder("supervisor_replicas_ready", "Members that are ready.");
        private final MetricFamilyBuilder due = new MetricFamilyBuilder(
                "supervisor_recycles_due", "Workers that are to be replaced and still serve, by reason.");
        private final MetricFamilyBuilder underWay = new MetricFamilyBuilder(
                "supervisor_recycles_under_way", "Replacements that run and have not taken over yet.");
        private final MetricFamilyBuilder paused =
                new MetricFamilyBuilder("supervisor_pool_paused", "1 while no planned recycle begins.");
        private final MetricFamilyBuilder hash = new MetricFamilyBuilder(
                "supervisor_pool_config_hash", "Equal where configurations are, the values of variables aside.");
        private final MetricFamilyBuilder limits =
                new MetricFamilyBuilder("supervisor_worker_limit", "What a worker may use up, by kind.");
        private final MetricFamilyBuilder imbalance = new MetricFamilyBuilder(
                "supervisor_pool_imbalance_ratio", "The busiest ready worker's rate by the mean; 1 is even.");

        private final MetricFamilyBuilder spread = new MetricFamilyBuilder(
                "supervisor_connection_imbalance",
                "Of a shared port: the most open connections of a worker by the mean; 1 is even.");

        void add(Pool pool) {
            String name = pool.name();
            List<WorkerInfo> workers = pool.workers();
            long running =
                    workers.stream().filter(worker -> worker.state().present()).count();
            monoceros.add(running, "pool", name, "state", "running");
            monoceros.add(workers.size() - running, "pool", name, "state", "terminated");
            for (WorkerState state : WorkerState.values()) {
                states.add(count(workers, it -> it.state() == state), "pool", name, "state", word(state));
            }
            desired.add(pool.spec().replicas(), "pool", name);
            ready.add(count(workers, PoolCollector::serves), "pool", name);
            for (ReplacementReason reason : ReplacementReason.values()) {
                due.add(count(workers, it -> isDue(it, reason)), "pool", name, "reason", reason.word());
            }
            underWay.add(count(workers, it -> it.role() == WorkerInfo.Role.REPLACEMENT), "pool", name);
            paused.add(pool.paused(), "pool", name);
            hash.add(ConfigHash.of(pool.spec()), "pool", name);
            addLimits(name, pool.spec().limits());
            Imbalance.ofRequests(workers).ifPresent(it -> imbalance.add(it, "pool", name, "of", "requests"));
            Imbalance.ofCpu(workers).ifPresent(it -> imbalance.add(it, "pool", name, "of", "cpu"));
        }

        private void addLimits(String pool, Limits of) {
            of.memory().ifPresent(it -> limits.add(it, "pool", pool, "limit", "memory"));
            of.hardMemory().ifPresent(it -> limits.add(it, "pool", pool, "limit", "hard-memory"));
            of.lifespan().ifPresent(it -> limits.add(it.toSeconds(), "pool", pool, "limit", "lifespan"));
            of.cpu().ifPresent(it -> limits.add(it.toSeconds(), "pool", pool, "limit", "cpu"));
            of.openFiles().ifPresent(it -> limits.add(it, "pool", pool, "limit", "open-files"));
            of.requests().ifPresent(it -> limits.add(it, "pool", pool, "limit", "requests"));
        }

        MetricSnapshots snapshots() {
            return new MetricSnapshots(
                    Stream.of(monoceros, states, desired, ready, due, underWay, paused, hash, limits, imbalance, spread)
                            .map(MetricFamilyBuilder::snapshot)
                            .toList());
        }
    }

    private static long count(List<WorkerInfo> workers, Predicate<WorkerInfo> which) {
        return workers.stream().filter(which).count();
    }

    static boolean serves(WorkerInfo worker) {
        return worker.role() == WorkerInfo.Role.MEMBER && worker.state() == WorkerState.READY;
    }

    private static boolean isDue(WorkerInfo worker, ReplacementReason reason) {
        return worker.role() == WorkerInfo.Role.MEMBER
                && worker.due().filter(reason::equals).isPresent();
    }

    private static String word(WorkerState state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
