package io.livepatch.fleet.stats;

import java.util.Map;

/**
 * One kind of thing that machines do: a whole turn, or a call within it.
 *
 * @param ok how many ended as they should
 * @param errors how many did not, by kind, as in "timeout", "connection refused", "status 500", "wrong sha256"
 * @param refusals answers 429 and 503 that told a machine to come back later, by status; a call may have several before it ends
 * @param response from the moment it was due, of those that ended well
 * @param service from the moment it was really begun, of those that ended well: all that a closed load would have seen
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
                CounterMaps.of(errors, other.errors),
                CounterMaps.of(refusals, other.refusals),
                response.plus(other.response),
                service.plus(other.service));
    }
}
