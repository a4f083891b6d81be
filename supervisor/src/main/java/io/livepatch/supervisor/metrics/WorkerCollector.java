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
                MetricFamilies labelled = families.with("pool", pool.name(), "worker", worker.id());
                addState(labelled, worker);
                worker.pid()
                        .flatMap(pid -> sources.processUsage().apply(pid))
                        .ifPresent(usage -> addProcess(labelled, usage));
                worker.usage().ifPresent(usage -> addSession(labelled, usage));
            }
        }
        return families.snapshots();
    }

    private static void addState(MetricFamilies families, WorkerInfo worker) {
        families.add(WORKER + "ready", "1 while it passes its checks.", worker.state() == WorkerState.READY);
        families.add(WORKER + "troubled", "1 while it has a problem.", worker.problem().isPresent());
        families.add(WORKER + "starts", "Processes started under its number so far.", worker.starts());
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
}
