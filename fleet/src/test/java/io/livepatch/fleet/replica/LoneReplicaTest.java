package io.livepatch.fleet.replica;

import static org.awaitility.Awaitility.await;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.Membership.MembershipSnapshot;
import io.livepatch.fleet.replica.Membership.PeerState;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class LoneReplicaTest {
    private static final Duration LOST_AFTER = Duration.ofSeconds(1);

    /** Responds once, then stalls until it is closed. */
    private static final class Stalling implements Membership {
        private final Membership alone;
        private final CountDownLatch closed = new CountDownLatch(1);
        private final CountDownLatch stalls = new CountDownLatch(1);
        private boolean asked;

        Stalling(ReplicaSettings settings) {
            alone = new StaticMembership(settings, List.of(settings.address()));
        }

        @Override
        public MembershipSnapshot poll(Map<Integer, PeerState> peers) {
            if (asked) {
                stalls.countDown();
                try {
                    closed.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            asked = true;
            return alone.poll(peers);
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    private static final class NoFlocks implements FlockCodec {
        @Override
        public Flock read(String text) {
            throw new AssertionError(text);
        }

        @Override
        public Map<String, Object> write(Flock flock) {
            throw new AssertionError(flock.name());
        }
    }

    @Test
    void loneReplicaIsNeverHeld() throws Exception {
        ReplicaSettings settings = new ReplicaSettings(
                "a-run", 0, 1, URI.create("http://127.0.0.1:1"), LOST_AFTER, Duration.ZERO, Optional.empty());
        Stalling membership = new Stalling(settings);
        Replica replica = new Replica(
                settings,
                membership,
                (flock, division, begin) -> {
                    throw new AssertionError(flock.name());
                },
                new NoFlocks(),
                InstantSource.system());
        try {
            replica.start(List.of());
            await().until(() -> !replica.localStatus().held());
            membership.stalls.await();

            // Other replicas would take it for lost by then.
            await().during(LOST_AFTER.multipliedBy(2))
                    .until(() -> !replica.localStatus().held());
        } finally {
            membership.close();
            replica.close();
        }
    }
}
