package io.livepatch.fleet.stats;

/**
 * What happened in one second of a run.
 *
 * @param second since the common start, from 0
 * @param machines monkeys that were alive at its end
 * @param offered turns that were due
 * @param unjudged those of them that were due in the warm-up
 * @param over the others that have come to an end by now, in whatever second
 * @param done turns that came to an end, well or not
 * @param failed those of them that failed
 * @param refused answers 429 and 503
 * @param response of the turns that ended well in this second, from the moment they were due
 * @param service of the same, from the moment they were really begun
 */
public record SecondStats(
        int second,
        long machines,
        long offered,
        long unjudged,
        long over,
        long done,
        long failed,
        long refused,
        Latency response,
        Latency service) {

    /** Turns that were due, of those that are judged. */
    public long judged() {
        return offered - unjudged;
    }

    public SecondStats plus(SecondStats other) {
        if (second != other.second) {
            throw new IllegalArgumentException("seconds %d and %d do not add up".formatted(second, other.second));
        }
        return new SecondStats(
                second,
                machines + other.machines,
                offered + other.offered,
                unjudged + other.unjudged,
                over + other.over,
                done + other.done,
                failed + other.failed,
                refused + other.refused,
                response.plus(other.response),
                service.plus(other.service));
    }
}
