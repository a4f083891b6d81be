package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.fleet.replica.GossipProtocol.GossipMessage;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class PeerDirectoryTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.123456Z");
    private final ReplicaSettings settings = new ReplicaSettings(
            "a-run",
            0,
            3,
            URI.create("http://127.0.0.1:1"),
            Duration.ofMinutes(10),
            Duration.ofMinutes(1),
            Optional.empty());
    private final PeerDirectory peers = new PeerDirectory(settings, UUID.randomUUID());
    private final Membership membership = new StaticMembership(
            settings,
            List.of(
                    URI.create("http://127.0.0.1:1"),
                    URI.create("http://127.0.0.1:2"),
                    URI.create("http://127.0.0.1:3")));

    private void receive(GossipMessage gossipMessage) {
        peers.recordMessage(gossipMessage, NOW.plusSeconds(1), Optional.of(Duration.ofSeconds(2)));
        peers.updateSnapshot(membership.poll(peers.peers()));
    }

    @Test
    void respondingReplicaIsPresentUntilItLeaves() {
        UUID first = UUID.randomUUID();
        receive(GossipMessageTest.of("a-run", 2, 3, first, false));
        assertThat(peers.present()).containsExactly(0, 2);
        assertThat(peers.missing()).containsExactly(1);
        assertThat(peers.alive()).contains(first).hasSize(2);

        receive(GossipMessageTest.of("a-run", 2, 3, first, true));
        receive(GossipMessageTest.of("a-run", 2, 3, first, false));
        assertThat(peers.present()).as("an old message does not revive it").containsExactly(0);

        receive(GossipMessageTest.of("a-run", 2, 3, UUID.randomUUID(), false));
        assertThat(peers.present()).containsExactly(0, 2);
    }

    @Test
    void clockOffsetIsMeasuredInTheMiddleOfTheRoundTrip() {
        receive(GossipMessageTest.of("a-run", 1, 3, UUID.randomUUID(), false));
        assertThat(peers.peers().get(1).clockOffset()).isZero();
    }

    @Test
    void messagesOfOtherRunsAreRejected() {
        for (GossipMessage stranger : List.of(
                GossipMessageTest.of("another", 1, 3, UUID.randomUUID(), false),
                GossipMessageTest.of("a-run", 1, 4, UUID.randomUUID(), false),
                GossipMessageTest.of("a-run", 3, 3, UUID.randomUUID(), false),
                GossipMessageTest.of("a-run", 0, 3, UUID.randomUUID(), false))) {
            assertThatThrownBy(() -> receive(stranger))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is not a peer of")
                    .hasMessageContaining("each its own index");
        }
        assertThat(peers.peers()).isEmpty();
    }

    @Test
    void partitionWithoutSelfLeavesSelfNothing() {
        assertThat(peers.partitionWithoutSelf().orElseThrow().present()).isEqualTo(Set.of(1, 2));
        assertThat(peers.partitionWithoutSelf().orElseThrow().of(0, 100)).isEmpty();
    }

    @Test
    void staticMembershipNeedsAllAddresses() {
        assertThatThrownBy(() -> new StaticMembership(settings, List.of()))
                .hasMessage("'0' addresses are given for '3' replicas; list every replica, in order");
    }
}
