package io.livepatch.fleet.business;

/** {@code thundering-herd}: a machine that was there before the outage, and asks until it is served. */
record Herd() implements Script {

    @Override
    public void prepare(int monkey, Turn turn) throws InterruptedException {
        turn.enrolled(monkey);
    }

    /** One that came too late to be prepared, or could not be, enrols first. */
    @Override
    public void play(int monkey, Turn turn) throws InterruptedException {
        turn.checkIn(monkey, turn.enrolled(monkey));
    }
}
