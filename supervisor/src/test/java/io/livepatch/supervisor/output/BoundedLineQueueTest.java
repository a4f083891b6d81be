package io.livepatch.supervisor.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.output.BoundedLineQueue.Block;
import io.livepatch.supervisor.output.BoundedLineQueue.Loss;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BoundedLineQueueTest {

    private final BoundedLineQueue queue =
            new BoundedLineQueue(100, loss -> utf8("lost " + loss.lines() + "/" + loss.bytes() + "\n"));

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private boolean offer(String text) {
        return queue.offer(utf8(text), 1);
    }

    private String take() throws InterruptedException {
        Block block = queue.take();
        return block == null ? "" : new String(block.bytes, StandardCharsets.UTF_8);
    }

    @Test
    void aFullQueueDropsUntilHalfOfItIsFreeAndReportsTheGapInPlace() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            assertThat(offer("0123456" + i + ".\n")).isTrue();
        }
        assertThat(offer("dropped\n")).isFalse();
        for (int i = 0; i < 5; i++) {
            assertThat(take()).endsWith(i + ".\n");
            assertThat(offer("d\n")).as("after %d were taken", i + 1).isEqualTo(i == 4);
        }
        for (int i = 5; i < 10; i++) {
            assertThat(take()).endsWith(i + ".\n");
        }
        assertThat(take()).isEqualTo("lost 5/16\n");
        assertThat(take()).isEqualTo("d\n");
    }

    @Test
    void aGapAtTheEndIsReported() throws InterruptedException {
        assertThat(offer("x".repeat(90))).isTrue();
        assertThat(offer("x".repeat(11))).isFalse();
        queue.close();
        assertThat(take()).hasSize(90);
        assertThat(take()).isEqualTo("lost 1/11\n");
        assertThat(queue.take()).isNull();
    }

    @Test
    void anEmptyQueueTakesABlockAboveItsSize() {
        assertThat(offer("x".repeat(200))).isTrue();
        assertThat(offer("y")).isFalse();
    }

    @Test
    void aFailedWriteIsReportedOnlyTogetherWithTheNextLines() throws InterruptedException {
        assertThat(offer("one\n")).isTrue();
        assertThat(take()).isEqualTo("one\n");
        queue.failed(new Loss(1, 4));
        assertThat(offer("two\n")).isTrue();
        Block next = queue.take();
        assertThat(next.bytes).isEqualTo(utf8("lost 1/4\ntwo\n"));
        assertThat(next.noticeLength).isEqualTo(9);
        assertThat(next.reported).isEqualTo(new Loss(1, 4));
        queue.close();
        assertThat(queue.take()).isNull();
        assertThat(offer("late\n")).isFalse();
    }
}
