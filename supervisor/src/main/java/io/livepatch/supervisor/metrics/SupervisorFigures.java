package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.output.OutputCounts;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.stream.Stream;

/** What concerns all pools. */
final class SupervisorFigures implements MultiCollector {

    private final Sources sources;

    SupervisorFigures(Sources sources) {
        this.sources = sources;
    }

    @Override
    public MetricSnapshots collect() {
        Family term = new Family("monoceros_supervisor_sigterm_received", "1 once a signal asked it to end.");
        term.add(sources.termReceived().getAsBoolean());
        Family proxy = new Family("monoceros_supervisor_proxy_mode", "1 when a pool has a balancer in front.");
        proxy.add(
                sources.pools().get().stream().anyMatch(pool -> pool.spec().listening() instanceof Listening.Proxied));
        OutputCounts output = sources.output().get();
        Family unparsed = new Family(
                "monoceros_workerpool_failed_to_parse_log_json_total", "Lines that look like JSON and are not.");
        unparsed.add(output.parseFailures());
        Family ending = new Family("supervisor_shutdown_in_progress", "1 while all workers are being stopped.");
        ending.add(sources.shuttingDown().getAsBoolean());
        Family lines = new Family("supervisor_output_dropped_lines_total", "Lines of workers that nobody took.");
        lines.add(output.droppedLines());
        Family bytes = new Family("supervisor_output_dropped_bytes_total", "Bytes of workers that nobody took.");
        bytes.add(output.droppedBytes());
        return new MetricSnapshots(Stream.of(term, proxy, unparsed, ending, lines, bytes)
                .map(Family::snapshot)
                .toList());
    }
}
