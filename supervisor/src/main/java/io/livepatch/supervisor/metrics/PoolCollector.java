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
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
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

/**
 * Collects the state of each pool and of its workers. The resource usage of a worker is that of its own process, as in Monoceros, and of
 * its whole session.
 */
record PoolCollector(SupervisorMetrics.Sources sources) implements MultiCollector {

    private static final String PROCESS = "monoceros_workerpool_process_";
    private static final String WORKER = "supervisor_worker_";

    /** A rate over a shorter time since launch is noise. */
    private static final Duration MIN_AGE = Duration.ofSeconds(1);

    @Override
    public MetricSnapshots collect() {
        MetricFamilies families = new MetricFamilies();
        for (Pool pool : sources.pools().get()) {
            MetricFamilies labelled = families.with("pool", pool.name());
            addSpec(labelled, pool.spec());
            labelled.add("supervisor_pool_paused", "1 while planned recycles are paused.", pool.paused());
            List<WorkerInfo> workers = pool.workers();
            addWorkers(labelled, workers);
            addImbalance(labelled, workers);
            sources.connectionImbalance().apply(pool.name()).ifPresent(it -> addConnectionImbalance(labelled, it));
            workers.forEach(worker -> addWorker(labelled.with("worker", worker.id()), worker));
        }
        return families.snapshots();
    }

    private static void addSpec(MetricFamilies families, PoolSpec spec) {
        families.add("supervisor_replicas_desired", "Desired number of workers.", spec.replicas());
        families.add(
                "supervisor_pool_config_hash",
                "Equal for equal configurations, apart from the values of variables.",
                configHash(spec));
        Limits limits = spec.limits();
        limits.memory().ifPresent(it -> addLimit(families, "memory", it));
        limits.hardMemory().ifPresent(it -> addLimit(families, "hard-memory", it));
        limits.lifespan().ifPresent(it -> addLimit(families, "lifespan", it.toSeconds()));
        limits.cpu().ifPresent(it -> addLimit(families, "cpu", it.toSeconds()));
        limits.openFiles().ifPresent(it -> addLimit(families, "open-files", it));
        limits.requests().ifPresent(it -> addLimit(families, "requests", it));
    }

    private static void addLimit(MetricFamilies families, String limit, long value) {
        families.with("limit", limit).add("supervisor_worker_limit", "Limits of a worker, by kind.", value);
    }

    private static void addWorkers(MetricFamilies families, List<WorkerInfo> workers) {
        String monoceros = "monoceros_workerpool_worker_state";
        String monocerosHelp = "Workers by whether they have a process: running or terminated.";
        long running = count(workers, worker -> worker.state().present());
        families.with("state", "running").add(monoceros, monocerosHelp, running);
        families.with("state", "terminated").add(monoceros, monocerosHelp, workers.size() - running);
        for (WorkerState state : WorkerState.values()) {
            String label = state.name().toLowerCase(Locale.ROOT).replace('_', '-');
            long number = count(workers, worker -> worker.state() == state);
            families.with("state", label).add("supervisor_workers", "Workers by state.", number);
        }
        long ready = count(workers, PoolCollector::isReady);
        families.add("supervisor_replicas_ready", "Ready workers, without replacements.", ready);
        for (ReplacementReason reason : ReplacementReason.values()) {
            long due = count(workers, worker -> isDue(worker, reason));
            families.with("reason", reason.word())
                    .add("supervisor_recycles_due", "Workers that wait for their replacement, by reason.", due);
        }
        long replacements = count(workers, worker -> worker.role() == WorkerInfo.Role.REPLACEMENT);
        families.add("supervisor_recycles_under_way", "Replacements that have not taken over yet.", replacements);
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

    private static void addImbalance(MetricFamilies families, List<WorkerInfo> workers) {
        String name = "supervisor_pool_imbalance_ratio";
        String help = "The highest rate of a ready worker divided by the mean; 1 is even.";
        if (workers.stream()
                .flatMap(worker -> worker.usage().stream())
                .anyMatch(usage -> usage.requests().isPresent())) {
            imbalance(workers, usage -> usage.requests().orElse(0))
                    .ifPresent(it -> families.with("of", "requests").add(name, help, it));
        }
        imbalance(workers, usage -> seconds(usage.cpu()))
                .ifPresent(it -> families.with("of", "cpu").add(name, help, it));
    }

    private static void addConnectionImbalance(MetricFamilies families, double imbalance) {
        families.add(
                "supervisor_connection_imbalance",
                "Of a shared port: the highest number of open connections of a worker divided by the mean; 1 is even.",
                imbalance);
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

    private void addWorker(MetricFamilies families, WorkerInfo worker) {
        families.add(WORKER + "ready", "1 while it passes its checks.", worker.state() == WorkerState.READY);
        families.add(
                WORKER + "troubled",
                "1 while it has a problem.",
                worker.problem().isPresent());
        families.add(WORKER + "starts", "Processes started under its number so far.", worker.starts());
        worker.pid().flatMap(pid -> sources.processUsage().apply(pid)).ifPresent(usage -> addProcess(families, usage));
        worker.usage().ifPresent(usage -> addSession(families, usage));
    }

    private static void addProcess(MetricFamilies families, ProcessUsage usage) {
        long maxFiles = usage.maxOpenFiles().orElse(-1);
        long maxVirtual = usage.maxVirtualBytes().orElse(-1);
        double start = usage.startedAt().toEpochMilli() / 1e3;
        families.add(PROCESS + "cpu_seconds_total", "User and system CPU time.", seconds(usage.cpu()));
        families.add(PROCESS + "open_fds", "Open file descriptors.", usage.openFiles());
        families.add(PROCESS + "max_fds", "Maximum number of open file descriptors.", maxFiles);
        families.add(PROCESS + "virtual_memory_bytes", "Virtual memory.", usage.virtualBytes());
        families.add(PROCESS + "virtual_memory_max_bytes", "Maximum virtual memory; -1 without a limit.", maxVirtual);
        families.add(PROCESS + "resident_memory_bytes", "Resident memory.", usage.residentBytes());
        families.add(PROCESS + "start_time_seconds", "Start of the process, in seconds since 1970.", start);
    }

    private static void addSession(MetricFamilies families, ResourceUsage usage) {
        families.add(WORKER + "session_processes", "Processes in its session.", usage.processes());
        families.add(WORKER + "session_resident_bytes", "Resident memory of its session.", usage.residentBytes());
        families.add(WORKER + "session_cpu_seconds", "CPU time of its session since launch.", seconds(usage.cpu()));
        families.add(WORKER + "session_open_files", "Open files of its session.", usage.openFiles());
        usage.requests()
                .ifPresent(count -> families.add(WORKER + "requests", "Requests since launch, where counted.", count));
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
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
