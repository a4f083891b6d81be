package io.livepatch.fleet.business;

import io.livepatch.fleet.Credentials;
import io.livepatch.fleet.LivepatchClient;
import io.livepatch.fleet.OfferedPatch;
import io.livepatch.fleet.PatchState;
import io.livepatch.fleet.Ping;
import java.util.Optional;

/** {@code fetch}: all that happens between a machine's first word and its patch at work. */
record Fetching() implements Script {

    @Override
    public void play(int monkey, Turn turn) throws InterruptedException {
        Credentials credentials = turn.enrol(monkey);
        OfferedPatch patch = turn.offer(monkey, credentials);
        turn.verify(patch, LivepatchClient.UNLIMITED);
        turn.ping(credentials, ping(Ping.Type.PING_BEFORE, monkey, patch, turn), false);
        turn.ping(credentials, ping(Ping.Type.PING_AFTER, monkey, patch, turn), false);
        turn.ping(credentials, ping(Ping.Type.PING_0, monkey, patch, turn), true);
    }

    private static Ping ping(Ping.Type type, int monkey, OfferedPatch patch, Turn turn) {
        Optional<PatchState> state = type == Ping.Type.PING_BEFORE ? Optional.empty() : Optional.of(PatchState.APPLIED);
        return new Ping(type, turn.machines().platform(monkey).kernel(), patch.version(), state, Optional.empty());
    }
}
