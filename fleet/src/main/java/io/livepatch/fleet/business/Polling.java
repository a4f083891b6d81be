package io.livepatch.fleet.business;

import io.livepatch.fleet.Answer;
import io.livepatch.fleet.LivepatchClient;
import io.livepatch.fleet.OfferedPatch;
import java.util.random.RandomGenerator;

/** {@code check-in}: reports and asks, and in some of the turns fetches what it is told of. */
record Polling(double fetching, RandomGenerator random) implements Script {

    @Override
    public void play(int monkey, Turn turn) throws InterruptedException {
        Answer answer = turn.checkIn(monkey, turn.enrolled(monkey));
        if (answer instanceof Answer.Apply(OfferedPatch patch) && random.nextDouble() < fetching) {
            turn.verify(patch, LivepatchClient.UNLIMITED);
        }
    }
}
