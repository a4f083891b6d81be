package io.livepatch.supervisor.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.output.Line;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutputTailTest {

    private static List<Line> lines(String... texts) {
        return List.of(texts).stream()
                .map(text -> new Line(Instant.EPOCH, Line.Stream.STDOUT, 1, text))
                .toList();
    }

    @Test
    void newLinesAreFoundAfterOldOnesWereDropped() {
        assertThat(OutputTail.newer(lines(), lines("a"))).isEqualTo(lines("a"));
        assertThat(OutputTail.newer(lines("a", "b"), lines("a", "b"))).isEmpty();
        assertThat(OutputTail.newer(lines("a", "b"), lines("a", "b", "c"))).isEqualTo(lines("c"));
        assertThat(OutputTail.newer(lines("a", "b", "c"), lines("c", "d"))).isEqualTo(lines("d"));
        assertThat(OutputTail.newer(lines("a", "b"), lines("c", "d"))).isEqualTo(lines("c", "d"));
        assertThat(OutputTail.newer(lines("a", "a"), lines("a", "a", "a"))).isEqualTo(lines("a"));
    }

    @Test
    void followingEndsWhenTheClientDisconnects() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AtomicInteger looks = new AtomicInteger();
        new OutputTail(() -> lines("a"), false).follow(out, () -> looks.incrementAndGet() > 2);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a\n");
    }
}
