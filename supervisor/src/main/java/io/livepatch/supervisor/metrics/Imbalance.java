package io.livepatch.supervisor.metrics;

import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerInfo.ResourceUsage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * How unevenly work is spread, as one number: the largest share by the mean share. Shares are rates since launch, since a
 * worker that began later has had less and is not idle for that.
 */
final class Imbalance {

    /** A rate over a shorter life is noise. */
    private static final Duration TELLING = Duration.ofSeconds(1);

    private Imbalance() {}

    static OptionalDouble ofRequests(List<WorkerInfo> workers) {
        boolean counted = workers.stream()
                .flatMap(worker -> worker.usage().stream())
                .anyMatch(usage -> usage.requests().isPresent());
        return counted ? of(workers, usage -> usage.requests().orElse(0), Clock.systemUTC()) : OptionalDouble.empty();
    }

    static OptionalDouble ofCpu(List<WorkerInfo> workers) {
        return of(workers, usage -> usage.cpu().toNanos() / 1e9, Clock.systemUTC());
    }

    /** Empty with fewer than two workers to compare, or when nothing was done. */
    static OptionalDouble of(List<WorkerInfo> workers, ToDoubleFunction<ResourceUsage> figure, Clock clock) {
        Instant now = clock.instant();
        double[] rates = workers.stream()
                .filter(PoolCollector::serves)
                .filter(worker -> worker.usage().isPresent())
                .filter(worker -> age(worker, now).compareTo(TELLING) >= 0)
                .mapToDouble(worker -> figure.applyAsDouble(worker.usage().orElseThrow())
                        / age(worker, now).toMillis())
                .toArray();
        double sum = 0;
        double most = 0;
        for (double rate : rates) {
            sum += rate;
            most = Math.max(most, rate);
        }
        return rates.length < 2 || sum == 0 ? OptionalDouble.empty() : OptionalDouble.of(most * rates.length / sum);
    }

    private static Duration age(WorkerInfo worker, Instant now) {
        return Duration.between(worker.launchedAt(), now);
    }
}
