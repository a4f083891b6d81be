package io.livepatch.fleet.stats;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/**
 * The statistics of one flock so far, of one replica or summed over several. Immutable; also a JSON value.
 *
 * @param begin the common start
 * @param steps the calls within iterations, by name: {@code enrol}, {@code check-in}, {@code download}
 * @param slots one per second, without gaps from the first that is not empty; only they include iterations due in the warm-up
 * @param units responses by the unit that sent them
 * @param unnamed responses without a unit's name: the load balancer's own
 */
public record RunStats(
        String flock,
        Instant begin,
        @JsonProperty("turn") StepStats iteration,
        Map<String, StepStats> steps,
        List<SecondStats> slots,
        Map<String, Long> units,
        long unnamed,
        GeneratorStats generator) {

    public RunStats {
        steps = Map.copyOf(steps);
        slots = List.copyOf(slots);
        units = Map.copyOf(units);
    }

    /** All responses name a unit. */
    public RunStats(
            String flock,
            Instant begin,
            StepStats iteration,
            Map<String, StepStats> steps,
            List<SecondStats> slots,
            Map<String, Long> units,
            GeneratorStats generator) {
        this(flock, begin, iteration, steps, slots, units, 0, generator);
    }

    public static RunStats none(String flock, Instant begin) {
        return new RunStats(flock, begin, StepStats.NONE, Map.of(), List.of(), Map.of(), GeneratorStats.NONE);
    }

    public RunStats withBegin(Instant other) {
        return new RunStats(flock, other, iteration, steps, slots, units, unnamed, generator);
    }

    public RunStats with(List<SecondStats> others) {
        return new RunStats(flock, begin, iteration, steps, others, units, unnamed, generator);
    }

    public RunStats with(GeneratorStats other) {
        return new RunStats(flock, begin, iteration, steps, slots, units, unnamed, other);
    }

    /** Iterations that were due after the warm-up. */
    public long offered() {
        return slots.stream().mapToLong(SecondStats::measured).sum();
    }

    /** Iterations that were due in the warm-up. */
    public long warmUp() {
        return slots.stream().mapToLong(SecondStats::warmUp).sum();
    }

    /** Iterations due after the warm-up that have ended, successful or not. */
    public long done() {
        return iteration.ok() + iteration.failed();
    }

    /** The sum with another replica's statistics of the same flock and start. */
    public RunStats plus(RunStats other) {
        Map<Integer, SecondStats> seconds = new TreeMap<>();
        slots.forEach(slot -> seconds.put(slot.second(), slot));
        other.slots.forEach(slot -> seconds.merge(slot.second(), slot, SecondStats::plus));
        return new RunStats(
                flock,
                begin,
                iteration.plus(other.iteration),
                sum(steps, other.steps, StepStats::plus),
                List.copyOf(seconds.values()),
                sum(units, other.units, Long::sum),
                unnamed + other.unnamed,
                generator.plus(other.generator));
    }

    private static <V> Map<String, V> sum(Map<String, V> one, Map<String, V> other, BinaryOperator<V> plus) {
        Map<String, V> sums = new TreeMap<>(one);
        other.forEach((key, value) -> sums.merge(key, value, plus));
        return sums;
    }

    /**
     * Whole iterations, or the calls of one name within them.
     *
     * @param ok how many succeeded
     * @param errors how many failed, by kind: "timeout", "connection refused", "status 500", "wrong sha256"
     * @param refusals responses 429 and 503 that postpone the request, by status; one call may get several
     * @param response from the due moment to the end, of those that succeeded
     * @param service from the actual begin to the end, of those that succeeded: what a closed load would have measured
     */
    public record StepStats(
            long ok, Map<String, Long> errors, Map<String, Long> refusals, Latency response, Latency service) {
        public static final StepStats NONE = new StepStats(0, Map.of(), Map.of(), Latency.NONE, Latency.NONE);

        public StepStats {
            errors = Map.copyOf(errors);
            refusals = Map.copyOf(refusals);
        }

        public long failed() {
            return errors.values().stream().mapToLong(Long::longValue).sum();
        }

        public long refused() {
            return refusals.values().stream().mapToLong(Long::longValue).sum();
        }

        public StepStats plus(StepStats other) {
            return new StepStats(
                    ok + other.ok,
                    sum(errors, other.errors, Long::sum),
                    sum(refusals, other.refusals, Long::sum),
                    response.plus(other.response),
                    service.plus(other.service));
        }
    }

    /**
     * One second of a run.
     *
     * @param second since the common start, from 0
     * @param machines monkeys alive at its end
     * @param offered iterations due in it
     * @param warmUp those of them that were due in the warm-up
     * @param completed the others of them that have ended so far, in whatever second
     * @param done iterations that ended in it, successful or not
     * @param failed those of them that failed
     * @param refused responses 429 and 503
     * @param response of the successful iterations that ended in it, from the due moment
     * @param service of the same, from the actual begin
     */
    public record SecondStats(
            int second,
            long machines,
            long offered,
            @JsonProperty("unjudged") long warmUp,
            @JsonProperty("over") long completed,
            long done,
            long failed,
            long refused,
            Latency response,
            Latency service) {

        /** Iterations due in it after the warm-up. */
        public long measured() {
            return offered - warmUp;
        }

        public SecondStats plus(SecondStats other) {
            if (second != other.second) {
                throw new IllegalArgumentException(
                        "cannot add second '%d' to second '%d'".formatted(other.second, second));
            }
            return new SecondStats(
                    second,
                    machines + other.machines,
                    offered + other.offered,
                    warmUp + other.warmUp,
                    completed + other.completed,
                    done + other.done,
                    failed + other.failed,
                    refused + other.refused,
                    response.plus(other.response),
                    service.plus(other.service));
        }
    }

    /**
     * The load generator's own behaviour.
     *
     * @param lateness from the due moment of an iteration to its actual begin
     * @param busiest the largest share of the machine's processors that one process used over a second, 0 to 1
     * @param machines monkeys that are alive
     * @param passedOver how often an open load gave an iteration to the next monkey because one was still busy with its last
     * @param held calls that waited for the limit of concurrent calls
     */
    public record GeneratorStats(Latency lateness, double busiest, long machines, long passedOver, long held) {
        public static final GeneratorStats NONE = new GeneratorStats(Latency.NONE, 0, 0);

        /** No monkey was passed over, no call was held. */
        public GeneratorStats(Latency lateness, double busiest, long machines) {
            this(lateness, busiest, machines, 0, 0);
        }

        public GeneratorStats plus(GeneratorStats other) {
            return new GeneratorStats(
                    lateness.plus(other.lateness),
                    Math.max(busiest, other.busiest),
                    machines + other.machines,
                    passedOver + other.passedOver,
                    held + other.held);
        }
    }
}
