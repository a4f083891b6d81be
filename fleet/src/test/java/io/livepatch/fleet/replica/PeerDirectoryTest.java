package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    private final PeerDirectory peerDirectory = new PeerDirectory(settings, UUID.randomUUID());
    private final Membership membership = new StaticMembership(
            settings,
            List.of(
                    URI.create("http://127.0.0.1:1"),
                    URI.create("http://127.0.0.1:2"),
                    URI.create("http://127.0.0.1:3")));

    private void hears(GossipMessage gossipMessage) {
        peerDirectory.hears(gossipMessage, NOW.plusSeconds(1), Optional.of(Duration.ofSeconds(2)));
        peerDirectory.sees(membership.look(peerDirectory.heard()));
    }

    @Test
    void whoAnswersIsThereUntilItLeaves() {
        UUID first = UUID.randomUUID();
        hears(GossipMessageTest.of("a-run", 2, 3, first, false));
        assertThat(peerDirectory.present()).containsExactly(0, 2);
        assertThat(peerDirectory.missing()).containsExactly(1);
        assertThat(peerDirectory.alive()).contains(first).hasSize(2);

        hears(GossipMessageTest.of("a-run", 2, 3, first, true));
        hears(GossipMessageTest.of("a-run", 2, 3, first, false));
        assertThat(peerDirectory.present())
                .as("an old answer does not bring it back")
                .containsExactly(0);

        hears(GossipMessageTest.of("a-run", 2, 3, UUID.randomUUID(), false));
        assertThat(peerDirectory.present()).containsExactly(0, 2);
    }

    @Test
    void itsClockIsReadAtTheMiddleOfTheQuestion() {
        hears(GossipMessageTest.of("a-run", 1, 3, UUID.randomUUID(), false));
        assertThat(peerDirectory.heard().get(1).ahead()).isZero();
    }

    @Test
    void strangersAreRefused() {
        for (GossipMessage stranger : List.of(
                GossipMessageTest.of("another", 1, 3, UUID.randomUUID(), false),
                GossipMessageTest.of("a-run", 1, 4, UUID.randomUUID(), false),
                GossipMessageTest.of("a-run", 3, 3, UUID.randomUUID(), false),
                GossipMessageTest.of("a-run", 0, 3, UUID.randomUUID(), false))) {
            assertThatThrownBy(() -> hears(stranger))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is none of ours")
                    .hasMessageContaining("each its own index");
        }
        assertThat(peerDirectory.heard()).isEmpty();
    }

    @Test
    void aDivisionWithoutUsLeavesUsNothing() {
        assertThat(peerDirectory.divisionWithoutUs().orElseThrow().present()).isEqualTo(Set.of(1, 2));
        assertThat(peerDirectory.divisionWithoutUs().orElseThrow().of(0, 100)).isEmpty();
    }

    @Test
    void aListOfAddressesIsForAllReplicas() {
        assertThatThrownBy(() -> new StaticMembership(settings, List.of()))
                .hasMessage("'0' addresses are given for '3' replicas; list every replica, in order");
    }
}
