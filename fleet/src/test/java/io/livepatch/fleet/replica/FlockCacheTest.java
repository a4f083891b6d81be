package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.FlockCommands.FlockCache;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FlockCacheTest {
    private final List<String> read = new ArrayList<>();
    private final FlockCache flockCache = new FlockCache(new FlockCodec() {
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

    private static FlockCommand command(String id, long revision) {
        return new FlockCommand(id, "office", revision, 0, Instant.EPOCH, false, 0, Map.of("name", "office"));
    }

    @Test
    void flockOfACommandIsReadOnce() {
        Flock flock = flockCache.of(command("one", 1));

        assertThat(flockCache.of(command("one", 2))).isSameAs(flock);
        assertThat(flockCache.of(command("another", 3))).isNotSameAs(flock);
        assertThat(read).hasSize(2).containsOnly("{\"name\":\"office\"}");
    }

    @Test
    void replacedFlocksAreRemoved() {
        flockCache.of(command("one", 1));
        flockCache.of(command("another", 2));

        flockCache.retain(List.of(command("another", 2)));

        flockCache.of(command("another", 2));
        assertThat(read).hasSize(2);
        flockCache.of(command("one", 1));
        assertThat(read).hasSize(3);
    }
}
