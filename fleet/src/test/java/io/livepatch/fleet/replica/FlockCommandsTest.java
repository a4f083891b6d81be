package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FlockCommandsTest {
    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");
    private final FlockCommands one = new FlockCommands(0);
    private final FlockCommands other = new FlockCommands(1);

    private static FlockCommand begin(FlockCommands flockCommands, String name) {
        return flockCommands.begin(name, Map.of("name", name), BEGIN);
    }

    private void exchange() {
        List<FlockCommand> ofOne = one.all();
        one.merge(other.all());
        other.merge(ofOne);
    }

    @Test
    void commandsAreReplicated() {
        begin(one, "a");
        begin(other, "b");
        exchange();
        assertThat(one.all())
                .isEqualTo(other.all())
                .extracting(FlockCommand::name)
                .containsExactly("a", "b");
    }

    @Test
    void concurrentBeginsHaveOneWinner() {
        begin(one, "a");
        begin(other, "a");
        exchange();
        assertThat(one.all())
                .isEqualTo(other.all())
                .extracting(FlockCommand::by)
                .containsExactly(0);
    }

    @Test
    void latestCommandWinsInAnyOrder() {
        FlockCommand first = begin(one, "a");
        other.merge(one.all());
        FlockCommand second = begin(other, "a");
        other.merge(List.of(first));
        one.merge(List.of(second));
        one.merge(List.of(first));
        assertThat(one.all()).isEqualTo(other.all()).containsExactly(second);
        assertThat(second.id()).isNotEqualTo(first.id());
    }

    @Test
    void stopWinsOverConcurrentCommands() {
        begin(one, "a");
        exchange();
        one.refresh("a");
        other.stop("a");
        exchange();
        assertThat(one.all()).isEqualTo(other.all()).allMatch(FlockCommand::stopped);
        assertThat(one.find("a")).isEmpty();
        assertThat(one.contains("a")).isTrue();
    }

    @Test
    void inactiveFlockIsNeitherStoppedNorRefreshed() {
        assertThat(one.stop("a")).isEmpty();
        begin(one, "a");
        assertThat(one.stop("a")).isPresent();
        assertThat(one.stop("a")).isEmpty();
        assertThat(one.refresh("a")).isEmpty();
    }

    @Test
    void flockCanBeginAgainAfterAStop() {
        begin(one, "a");
        one.stop("a");
        exchange();
        begin(other, "a");
        exchange();
        assertThat(one.find("a")).isPresent().isEqualTo(other.find("a"));
    }
}
