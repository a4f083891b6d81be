package io.livepatch.fleet.division;

import io.livepatch.fleet.flock.Flock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which replica begins what when, for one flock. Batches are of the whole flock: each replica begins those of its monkeys that are in it, at the
 * same moment as all others, and has no batch in which it has none.
 */
public record StartSchedule(Flock flock, FlockPartition division) {
    private static final int FIRST = 3;

    /**
     * One batch of a replica.
     *
     * @param number of the whole flock's batch, from 0
     * @param begin after the common start
     * @param monkeys how many, at least one
     * @param first the lowest of their numbers, at most three
     */
    public record Batch(int number, Duration begin, int monkeys, List<Integer> first) {
        public Batch {
            first = List.copyOf(first);
        }
    }

    /** How many batches the whole flock has. */
    public int batches() {
        return (flock.count() - 1) / flock.batches().size() + 1;
    }

    /** Those of one replica, in their order. */
    public List<Batch> of(int replica) {
        return IntStream.range(0, batches())
                .mapToObj(number -> batch(number, replica))
                .filter(batch -> batch.monkeys() > 0)
                .toList();
    }

    /** The part of a whole batch, which may be empty. */
    Batch batch(int number, int replica) {
        int from = from(number);
        int monkeys = Math.toIntExact(division.shares(from, to(number))[replica]);
        List<Integer> first = IntStream.range(from, to(number))
                .filter(monkey -> division.owner(monkey) == replica)
                .limit(Math.min(FIRST, monkeys))
                .boxed()
                .toList();
        return new Batch(number, flock.batches().begin(from), monkeys, first);
    }

    /** Of the whole flock's batch. */
    int size(int number) {
        return to(number) - from(number);
    }

    private int from(int number) {
        return number * flock.batches().size();
    }

    private int to(int number) {
        return (int) Math.min((long) from(number) + flock.batches().size(), flock.count());
    }

    /** For people: a table of batches and one of rates, with a column for each replica that is present and one for all together. */
    public String text() {
        return new StartScheduleText(this).text();
    }
}
