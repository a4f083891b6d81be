package io.livepatch.fleet.business;

/** What a machine says in one turn. */
interface Script {

    void play(int monkey, Turn turn) throws InterruptedException;

    /** See {@link io.livepatch.fleet.load.Business#prepare}. */
    default void prepare(int monkey, Turn turn) throws InterruptedException {}
}
