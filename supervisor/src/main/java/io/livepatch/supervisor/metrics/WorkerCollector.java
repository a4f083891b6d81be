package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Optional;
import java.util.stream.Stream;

/** Collects the state and the resource usage of each worker: of its own process, as Monoceros does, and of its whole session. */
final class WorkerCollector implements MultiCollector {

    private static final String PROCESS = "monoceros_workerpool_process_";
    private static final String WORKER = "supervisor_worker_";

    private final MetricSources metricSources;

    WorkerCollector(MetricSources metricSources) {
        this.metricSources = metricSources;
    }

    @Override
    public MetricSnapshots collect() {
        Page page = new Page();
        for (Pool pool : metricSources.pools().get()) {
            for (WorkerInfo worker : pool.workers()) {
                page.add(pool.name(), worker);
                Optional<ProcessUsage> figures =
                        worker.pid().flatMap(pid -> metricSources.figures().apply(pid));
                figures.ifPresent(it -> page.add(pool.name(), worker.id(), it));
                worker.usage().ifPresent(it -> page.add(pool.name(), worker.id(), it));
            }
        }
        return page.snapshots();
    }

    private static final class Page {

        private final MetricFamilyBuilder cpu =
                new MetricFamilyBuilder(PROCESS + "cpu_seconds_total", "User and system CPU time.");
        private final MetricFamilyBuilder open =
                new MetricFamilyBuilder(PROCESS + "open_fds", "Open file descriptors.");
        private final MetricFamilyBuilder most =
                new MetricFamilyBuilder(PROCESS + "max_fds", "The most that it may open.");
        private final MetricFamilyBuilder virtual =
                new MetricFamilyBuilder(PROCESS + "virtual_memory_bytes", "Virtual memory.");
        private final MetricFamilyBuilder virtualMost = new MetricFamilyBuilder(
                PROCESS + "virtual_memory_max_bytes", "The most that it may have; -1 without a limit.");
        private final MetricFamilyBuilder resident =
                new MetricFamilyBuilder(PROCESS + "resident_memory_bytes", "Resident memory.");
        private final MetricFamilyBuilder start =
                new MetricFamilyBuilder(PROCESS + "start_time_seconds", "When it began, since 1970.");

        private final MetricFamilyBuilder ready =
                new MetricFamilyBuilder(WORKER + "ready", "1 while it passes its checks.");
        private final MetricFamilyBuilder troubled =
                new MetricFamilyBuilder(WORKER + "troubled", "1 while something is wrong with it.");
        private final MetricFamilyBuilder starts =
                new MetricFamilyBuilder(WORKER + "starts", "Processes started under its number so far.");
        private final MetricFamilyBuilder processes =
                new MetricFamilyBuilder(WORKER + "session_processes", "Processes in its session.");
        private final MetricFamilyBuilder memory =
                new MetricFamilyBuilder(WORKER + "session_resident_bytes", "Resident memory of its session.");
        private final MetricFamilyBuilder time =
                new MetricFamilyBuilder(WORKER + "session_cpu_seconds", "CPU time of its session since launch.");
        private final MetricFamilyBuilder files =
                new MetricFamilyBuilder(WORKER + "session_open_files", "Open files of its session.");
        private final MetricFamilyBuilder requests =
                new MetricFamilyBuilder(WORKER + "requests", "Requests since launch, where counted.");

        void add(String pool, WorkerInfo worker) {
            String[] labels = {"pool", pool, "worker", worker.id()};
            ready.add(worker.state() == WorkerState.READY, labels);
            troubled.add(worker.problem().isPresent(), labels);
            starts.add(worker.starts(), labels);
        }

        void add(String pool, String worker, ProcessUsage figures) {
            String[] labels = {"pool", pool, "worker", worker};
            cpu.add(figures.cpu().toNanos() / 1e9, labels);
            open.add(figures.openFiles(), labels);
            most.add(figures.maxOpenFiles().orElse(-1), labels);
            virtual.add(figures.virtualBytes(), labels);
            virtualMost.add(figures.maxVirtualBytes().orElse(-1), labels);
            resident.add(figures.residentBytes(), labels);
            start.add(figures.startedAt().toEpochMilli() / 1e3, labels);
        }

        void add(String pool, String worker, ResourceUsage usage) {
            String[] labels = {"pool", pool, "worker", worker};
            processes.add(usage.processes(), labels);
            memory.add(usage.residentBytes(), labels);
            time.add(usage.cpu().toNanos() / 1e9, labels);
            files.add(usage.openFiles(), labels);
            usage.requests().ifPresent(it -> requests.add(it, labels));
        }

        MetricSnapshots snapshots() {
            Stream<MetricFamilyBuilder> process = Stream.of(cpu, open, most, virtual, virtualMost, resident, start);
            Stream<MetricFamilyBuilder> worker =
                    Stream.of(ready, troubled, starts, processes, memory, time, files, requests);
            return new MetricSnapshots(Stream.concat(process, worker)
                    .map(MetricFamilyBuilder::snapshot)
                    .toList());
        }
    }
}
