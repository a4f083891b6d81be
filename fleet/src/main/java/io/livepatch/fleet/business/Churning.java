package io.livepatch.fleet.business;

/** {@code enroll-churn}: comes and goes. */
record Churning() implements Script {

    @Override
    public void play(int monkey, Turn turn) throws InterruptedException {
        turn.leave(turn.enrol(monkey));
        turn.machines().forget(monkey);
    }
}
