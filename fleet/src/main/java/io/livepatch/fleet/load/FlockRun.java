package io.livepatch.fleet.load;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** This replica's share of one flock, from its start to its end. Thread-safe. */
public interface FlockRun extends AutoCloseable {

    Flock flock();

    /** The common start. */
    Instant begin();

    /** Others have come or gone: monkeys that are ours now begin, those that are not end after the turn they are in. */
    void divide(FlockPartition flockPartition);

    /** Every monkey begins its next turn as if for the first time. */
    void refresh();

    /** So far. */
    RunStats figures();

    /** Those of ours from a number on, at most so many. */
    List<MonkeyInfo> monkeys(int from, int most);

    Optional<MonkeyInfo> monkey(int number);

    /** What is remembered of the recent past of a monkey, oldest first: bounded for all monkeys together, so mostly failures. */
    List<String> log(int number);

    /** Whether nothing will be done any more. */
    boolean ended();

    /** Lets turns that are under way end, for a moment, then interrupts them. */
    @Override
    void close();
}
