package io.livepatch.supervisor.metrics;

import io.livepatch.common.file.Digests;
import io.livepatch.supervisor.Limits;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.WorkerState;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Collects the state of each pool. */
record PoolCollector(SupervisorMetrics.Sources sources) implements MultiCollector {

    /** A rate over a shorter time since launch is noise. */
    private static final Duration MIN_AGE = Duration.ofSeconds(1);

    @Override
    public MetricSnapshots collect() {
        MetricFamilies families = new MetricFamilies();
        for (Pool pool : sources.pools().get()) {
            addPool(families, pool);
            addWorkers(families, pool.name(), pool.workers());
            addLimits(families, pool.name(), pool.spec().limits());
            addImbalance(families, pool.name(), pool.workers());
        }
        return families.snapshots();
    }

    private static void addPool(MetricFamilies families, Pool pool) {
        families.add(
                "supervisor_replicas_desired",
                "Desired number of workers.",
                pool.spec().replicas(),
                "pool",
                pool.name());
        families.add(
                "supervisor_pool_paused", "1 while planned recycles are paused.", pool.paused(), "pool", pool.name());
        families.add(
                "supervisor_pool_config_hash",
                "Equal for equal configurations, apart from the values of variables.",
                configHash(pool.spec()),
                "pool",
                pool.name());
    }

    private static void addWorkers(MetricFamilies families, String pool, List<WorkerInfo> workers) {
        String monoceros = "monoceros_workerpool_worker_state";
        String monocerosHelp = "Workers by whether they have a process: running or terminated.";
        long running = count(workers, worker -> worker.state().present());
        families.add(monoceros, monocerosHelp, running, "pool", pool, "state", "running");
        families.add(monoceros, monocerosHelp, workers.size() - running, "pool", pool, "state", "terminated");
        for (WorkerState state : WorkerState.values()) {
            String label = state.name().toLowerCase(Locale.ROOT).replace('_', '-');
            long number = count(workers, worker -> worker.state() == state);
            families.add("supervisor_workers", "Workers by state.", number, "pool", pool, "state", label);
        }
        families.add(
                "supervisor_replicas_ready",
                "Ready workers, without replacements that have not taken over.",
                count(workers, PoolCollector::isReady),
                "pool",
                pool);
        for (ReplacementReason reason : ReplacementReason.values()) {
            families.add(
                    "supervisor_recycles_due",
                    "Workers that wait for their replacement, by reason.",
                    count(workers, worker -> isDue(worker, reason)),
                    "pool",
                    pool,
                    "reason",
                    reason.word());
        }
        families.add(
                "supervisor_recycles_under_way",
                "Replacements that run and have not taken over yet.",
                count(workers, worker -> worker.role() == WorkerInfo.Role.REPLACEMENT),
                "pool",
                pool);
    }

    private static long count(List<WorkerInfo> workers, Predicate<WorkerInfo> which) {
        return workers.stream().filter(which).count();
    }

    private static boolean isReady(WorkerInfo worker) {
        return worker.role() == WorkerInfo.Role.MEMBER && worker.state() == WorkerState.READY;
    }

    private static boolean isDue(WorkerInfo worker, ReplacementReason reason) {
        return worker.role() == WorkerInfo.Role.MEMBER
                && worker.due().filter(reason::equals).isPresent();
    }

    private static void addLimits(MetricFamilies families, String pool, Limits limits) {
        limits.memory().ifPresent(it -> addLimit(families, pool, "memory", it));
        limits.hardMemory().ifPresent(it -> addLimit(families, pool, "hard-memory", it));
        limits.lifespan().ifPresent(it -> addLimit(families, pool, "lifespan", it.toSeconds()));
        limits.cpu().ifPresent(it -> addLimit(families, pool, "cpu", it.toSeconds()));
        limits.openFiles().ifPresent(it -> addLimit(families, pool, "open-files", it));
        limits.requests().ifPresent(it -> addLimit(families, pool, "requests", it));
    }

    private static void addLimit(MetricFamilies families, String pool, String limit, long value) {
        families.add("supervisor_worker_limit", "Limits of a worker, by kind.", value, "pool", pool, "limit", limit);
    }

    private void addImbalance(MetricFamilies families, String pool, List<WorkerInfo> workers) {
        String name = "supervisor_pool_imbalance_ratio";
        String help = "The highest rate of a ready worker divided by the mean; 1 is even.";
        if (workers.stream()
                .flatMap(worker -> worker.usage().stream())
                .anyMatch(usage -> usage.requests().isPresent())) {
            imbalance(workers, usage -> usage.requests().orElse(0))
                    .ifPresent(it -> families.add(name, help, it, "pool", pool, "of", "requests"));
        }
        imbalance(workers, usage -> usage.cpu().toNanos() / 1e9)
                .ifPresent(it -> families.add(name, help, it, "pool", pool, "of", "cpu"));
        sources.connectionImbalance()
                .apply(pool)
                .ifPresent(it -> families.add(
                        "supervisor_connection_imbalance",
                        "Of a shared port: the highest number of open connections of a worker divided by the mean; 1 is even.",
                        it,
                        "pool",
                        pool));
    }

    /**
     * How unevenly the workers of a pool are used: the highest rate since launch divided by the mean rate. Rates, since a younger
     * worker has done less work and is not idle for that. Empty without two workers to compare, or when no work was done.
     */
    private static OptionalDouble imbalance(List<WorkerInfo> workers, ToDoubleFunction<ResourceUsage> work) {
        Instant now = Instant.now();
        double[] rates = workers.stream()
                .filter(worker -> isReady(worker) && worker.usage().isPresent())
                .filter(worker -> age(worker, now).compareTo(MIN_AGE) >= 0)
                .mapToDouble(worker -> work.applyAsDouble(worker.usage().orElseThrow())
                        / age(worker, now).toMillis())
                .toArray();
        double sum = 0;
        double max = 0;
        for (double rate : rates) {
            sum += rate;
            max = Math.max(max, rate);
        }
        return rates.length < 2 || sum == 0 ? OptionalDouble.empty() : OptionalDouble.of(max * rates.length / sum);
    }

    private static Duration age(WorkerInfo worker, Instant now) {
        return Duration.between(worker.launchedAt(), now);
    }

    /**
     * A hash of 48 bits, which a double holds exactly; equal in all processes. Contains the names of variables only: with their values,
     * readers of the metrics could test guesses of a password.
     */
    private static double configHash(PoolSpec spec) {
        ProcessEnvironment environment = spec.surroundings();
        List<Object> parts = List.of(
                spec.name(),
                spec.command(),
                spec.replicas(),
                spec.startSpacing(),
                new TreeSet<>(environment.environment().keySet()),
                environment.clearEnvironment(),
                environment.directory(),
                environment.user(),
                environment.umask(),
                environment.nice(),
                environment.cpus(),
                environment.parentDeathSignal(),
                spec.log(),
                spec.stop(),
                spec.restart(),
                spec.ready(),
                spec.live(),
                spec.limits(),
                spec.recycling(),
                spec.listening());
        return ByteBuffer.wrap(Digests.sha256(parts.toString())).getLong() >>> 16;
    }
}
