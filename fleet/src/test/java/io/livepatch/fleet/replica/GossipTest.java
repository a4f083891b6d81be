package io.livepatch.fleet.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class GossipTest {
    static Gossip of(String run, int index, int count, UUID incarnation, boolean leaving) {
        Instant now = Instant.parse("2026-01-02T03:04:05.123456Z");
        return new Gossip(
                run,
                index,
                count,
                URI.create("http://127.0.0.1:1"),
                incarnation,
                now,
                false,
                leaving,
                List.of(new Order(
                        "id", "a", 3, 1, now, true, 2, Map.of("name", "a", "stages", List.of(Map.of("for", "1m"))))),
                new Telling(17, List.of(SharesTest.share(incarnation, 7, 11, 2))),
                List.of(new Absence(incarnation, 2, now, now, Optional.empty())),
                List.of(new Mark(incarnation, now, "a reload")));
    }

    @Test
    void arrivesAsItWasTold() {
        Gossip gossip = of("a-run", 1, 4, UUID.randomUUID(), true);
        assertThat(Gossip.parse(gossip.json())).isEqualTo(gossip);
    }

    @Test
    void whatIsNoneIsRefused() {
        assertThatThrownBy(() -> Gossip.parse("[1]".getBytes(UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not what a replica of this version tells");
    }
}
