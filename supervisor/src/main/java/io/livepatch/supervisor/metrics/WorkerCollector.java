package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;

/** Collects the state and the resource usage of each worker: of its own process, as Monoceros does, and of its whole session. */
record WorkerCollector(SupervisorMetrics.Sources sources) implements MultiCollector {

    private static final String PROCESS = "monoceros_workerpool_process_";
    private static final String WORKER = "supervisor_worker_";

    @Override
    public MetricSnapshots collect() {
        MetricFamilies families = new MetricFamilies();
        for (Pool pool : sources.pools().get()) {
            for (WorkerInfo worker : pool.workers()) {
                String[] labels = {"pool", pool.name(), "worker", worker.id()};
                addState(families, worker, labels);
                worker.pid()
                        .flatMap(pid -> sources.processUsage().apply(pid))
                        .ifPresent(usage -> addProcess(families, usage, labels));
                worker.usage().ifPresent(usage -> addSession(families, usage, labels));
            }
        }
        return families.snapshots();
    }

    private static void addState(MetricFamilies families, WorkerInfo worker, String[] labels) {
        families.add(
                WORKER + "ready", "1 while the worker passes its checks.", worker.state() == WorkerState.READY, labels);
        families.add(
                WORKER + "troubled",
                "1 while the worker has a problem.",
                worker.problem().isPresent(),
                labels);
        families.add(WORKER + "starts", "Processes started under the worker's number so far.", worker.starts(), labels);
    }

    private static void addProcess(MetricFamilies families, ProcessUsage usage, String[] labels) {
        families.add(PROCESS + "cpu_seconds_total", "User and system CPU time.", seconds(usage.cpu()), labels);
        families.add(PROCESS + "open_fds", "Open file descriptors.", usage.openFiles(), labels);
        families.add(
                PROCESS + "max_fds",
                "Maximum number of open file descriptors.",
                usage.maxOpenFiles().orElse(-1),
                labels);
        families.add(PROCESS + "virtual_memory_bytes", "Virtual memory.", usage.virtualBytes(), labels);
        families.add(
                PROCESS + "virtual_memory_max_bytes",
                "Maximum of virtual memory; -1 without a limit.",
                usage.maxVirtualBytes().orElse(-1),
                labels);
        families.add(PROCESS + "resident_memory_bytes", "Resident memory.", usage.residentBytes(), labels);
        families.add(
                PROCESS + "start_time_seconds",
                "Start of the process, in seconds since 1970.",
                usage.startedAt().toEpochMilli() / 1e3,
                labels);
    }

    private static void addSession(MetricFamilies families, ResourceUsage usage, String[] labels) {
        families.add(WORKER + "session_processes", "Processes in the worker's session.", usage.processes(), labels);
        families.add(
                WORKER + "session_resident_bytes", "Resident memory of the session.", usage.residentBytes(), labels);
        families.add(
                WORKER + "session_cpu_seconds", "CPU time of the session since launch.", seconds(usage.cpu()), labels);
        families.add(WORKER + "session_open_files", "Open files of the session.", usage.openFiles(), labels);
        usage.requests()
                .ifPresent(requests ->
                        families.add(WORKER + "requests", "Requests since launch, where counted.", requests, labels));
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
