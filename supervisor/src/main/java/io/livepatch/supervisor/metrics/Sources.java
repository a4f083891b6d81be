package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.output.OutputCounts;
import io.livepatch.supervisor.process.ProcessFigures;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Where figures come from that no event tells; all are asked at each scrape and must answer at once.
 *
 * @param figures of a process, by pid; empty when it is gone
 * @param connectionImbalance of a pool whose workers share a port; empty while too little was seen
 * @param outOfMemory whether the kernel killed for memory
 * @param termReceived whether a signal has asked the supervisor to end
 * @param shuttingDown whether it is ending, for whatever reason
 */
public record Sources(
        Supplier<List<Pool>> pools,
        LongFunction<Optional<ProcessFigures>> figures,
        Supplier<OutputCounts> output,
        Function<String, OptionalDouble> connectionImbalance,
        Predicate<ExitStatus> outOfMemory,
        BooleanSupplier termReceived,
        BooleanSupplier shuttingDown) {}
