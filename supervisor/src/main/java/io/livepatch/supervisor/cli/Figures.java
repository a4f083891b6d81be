package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.metrics.OutputCounts;
import io.livepatch.supervisor.metrics.ProcessFigures;
import io.livepatch.supervisor.metrics.Sources;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.Outputs;
import io.livepatch.supervisor.process.LinuxMeter;
import java.util.OptionalDouble;

/** Brings the figures of the other packages to the page of metrics. */
final class Figures {

    private Figures() {}

    static SupervisorMetrics metrics(Desk desk, Outputs outputs, SharedPorts ports, Ending ending) {
        LinuxMeter meter = LinuxMeter.create();
        return SupervisorMetrics.of(
                new Sources(
                        desk::pools,
                        pid -> meter.figures(pid).map(Figures::of),
                        () -> of(outputs.counts()),
                        ports::imbalance,
                        status -> status.outOfMemory().isPresent(),
                        ending::asked,
                        ending::begun),
                Version.text());
    }

    private static OutputCounts of(io.livepatch.supervisor.output.OutputCounts counts) {
        return new OutputCounts(counts.droppedLines(), counts.droppedBytes(), counts.parseFailures());
    }

    private static ProcessFigures of(io.livepatch.supervisor.process.ProcessFigures it) {
        return new ProcessFigures(
                it.cpu().toNanos() / 1e9,
                it.openFiles(),
                it.maxOpenFiles().orElse(-1),
                it.virtualBytes(),
                it.maxVirtualBytes().isPresent()
                        ? OptionalDouble.of((double) it.maxVirtualBytes().getAsLong())
                        : OptionalDouble.empty(),
                it.residentBytes(),
                it.startedAt().toEpochMilli() / 1e3);
    }
}
