package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.output.OutputCounts;
import io.livepatch.supervisor.process.ProcfsUsageReader.ProcessUsage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The sources of metrics that do not follow from events. All are called at each scrape and must not block.
 *
 * @param figures the usage of a process, by pid; empty when it has ended
 * @param connectionImbalance of a pool whose workers share a port; empty while too little was seen
 * @param outOfMemory whether the kernel killed the process for its memory
 * @param termReceived whether a signal has asked the supervisor to end
 * @param shuttingDown whether the supervisor is ending
 */
public record MetricSources(
        Supplier<List<Pool>> pools,
        LongFunction<Optional<ProcessUsage>> figures,
        Supplier<OutputCounts> output,
        Function<String, OptionalDouble> connectionImbalance,
        Predicate<ExitStatus> outOfMemory,
        BooleanSupplier termReceived,
        BooleanSupplier shuttingDown) {}
