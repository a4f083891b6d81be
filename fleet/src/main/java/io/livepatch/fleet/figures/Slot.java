package io.livepatch.fleet.figures;

/**
 * What happened in one second of a run.
 *
 * @param second since the common start, from 0
 * @param machines monkeys that were alive at its end
 * @param offered turns that were due
 * @param done turns that came to an end, well or not
 * @param failed those of them that failed
 * @param refused answers 429 and 503
 * @param response of the turns that ended well in this second, from the moment they were due
 * @param service of the same, from the moment they were really begun
 */
public record Slot(
        int second,
        long machines,
        long offered,
        long done,
        long failed,
        long refused,
        Latency response,
        Latency service) {

    public Slot plus(Slot other) {
        if (second != other.second) {
            throw new IllegalArgumentException("seconds %d and %d do not add up".formatted(second, other.second));
        }
        return new Slot(
                second,
                machines + other.machines,
                offered + other.offered,
                done + other.done,
                failed + other.failed,
                refused + other.refused,
                response.plus(other.response),
                service.plus(other.service));
    }
}
