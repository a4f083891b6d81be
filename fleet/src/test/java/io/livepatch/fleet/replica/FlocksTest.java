package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FlocksTest {
    private final List<String> read = new ArrayList<>();
    private final Flocks flocks = new Flocks(new FlockText() {
        @Override
        public Flock read(String text) {
            read.add(text);
            return Runs.flock("office", Runs.constant(1), Duration.ofMinutes(1));
        }

        @Override
        public Map<String, Object> write(Flock flock) {
            throw new AssertionError("nothing is written");
        }
    });

    private static Order order(String id, long revision) {
        return new Order(id, "office", revision, 0, Instant.EPOCH, false, 0, Map.of("name", "office"));
    }

    @Test
    void eachIsReadOnceHoweverOftenItIsWanted() {
        Flock flock = flocks.of(order("one", 1));

        assertThat(flocks.of(order("one", 2))).isSameAs(flock);
        assertThat(flocks.of(order("another", 3))).isNotSameAs(flock);
        assertThat(read).hasSize(2).containsOnly("{\"name\":\"office\"}");
    }

    @Test
    void oneThatWasReplacedIsForgotten() {
        flocks.of(order("one", 1));
        flocks.of(order("another", 2));

        flocks.keep(List.of(order("another", 2)));

        flocks.of(order("another", 2));
        assertThat(read).hasSize(2);
        flocks.of(order("one", 1));
        assertThat(read).hasSize(3);
    }
}
