package io.livepatch.fleet.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.fleet.replica.AvailabilityLog.Outage;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.GossipProtocol.GossipMessage;
import io.livepatch.fleet.replica.RunView.Annotation;
import io.livepatch.fleet.replica.Shares.ShareDelta;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class GossipMessageTest {
    static GossipMessage of(String run, int index, int count, UUID incarnation, boolean leaving) {
        Instant now = Instant.parse("2026-01-02T03:04:05.123456Z");
        return new GossipMessage(
                run,
                index,
                count,
                URI.create("http://127.0.0.1:1"),
                incarnation,
                now,
                false,
                leaving,
                List.of(new FlockCommand(
                        "id", "a", 3, 1, now, true, 2, Map.of("name", "a", "stages", List.of(Map.of("for", "1m"))))),
                new ShareDelta(17, List.of(SharesTest.share(incarnation, 7, 11, 2))),
                List.of(new Outage(incarnation, 2, now, now, Optional.empty())),
                List.of(new Annotation(incarnation, now, "a reload")));
    }

    @Test
    void jsonRoundTripKeepsTheMessage() {
        GossipMessage message = of("a-run", 1, 4, UUID.randomUUID(), true);
        assertThat(GossipMessage.parse(message.json())).isEqualTo(message);
    }

    @Test
    void otherJsonIsRejected() {
        assertThatThrownBy(() -> GossipMessage.parse("[1]".getBytes(UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a message of a replica of this version");
    }
}
