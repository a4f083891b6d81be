package io.livepatch.fleet.business;

/** {@code slow-reader}: holds a download open for as long as its line takes. */
record SlowReading(long bytesPerSecond) implements Script {

    @Override
    public void play(int monkey, Turn turn) throws InterruptedException {
        turn.verify(turn.offer(monkey, turn.enrolled(monkey)), bytesPerSecond);
    }
}
