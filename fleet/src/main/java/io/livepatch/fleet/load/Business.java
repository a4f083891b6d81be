package io.livepatch.fleet.load;

import io.livepatch.fleet.stats.Recorder;

/** What the machines of one flock do. One object serves all of a replica's monkeys, from many threads; what a monkey has it keeps by number. */
public interface Business extends AutoCloseable {

    /**
     * Does one turn for a monkey, in a virtual thread that may block and is interrupted when the flock is stopped. No monkey has two turns at once.
     *
     * @param recorder for the calls within the turn
     * @throws IterationException when it did not go as it should
     */
    void turn(int monkey, Recorder recorder) throws InterruptedException;

    /**
     * What has to be there before the first turn is due, called when the monkey's batch is: most machines need nothing, or get it within
     * their turn. The turn waits for it.
     *
     * @throws IterationException when it did not go as it should; the turn may make up for it
     */
    default void prepare(int monkey, Recorder recorder) throws InterruptedException {}

    /** The monkey begins its next turn as if for the first time. */
    void forget(int monkey);

    @Override
    void close();
}
