package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.FakePool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShutdownSummaryTest {

    private static final WorkerInfo GONE = FakePool.worker("web", 0, WorkerState.STOPPED);

    private final ShutdownSummary summary = new ShutdownSummary(InstantSource.system());

    private void recordShutdown() {
        summary.onEvent("web", new PoolEvent.Killed(GONE));
        summary.onEvent(
                "web",
                new PoolEvent.Ended(
                        GONE,
                        new ExitStatus(137),
                        ReplacementReason.SHUTDOWN,
                        Duration.ofHours(1),
                        Duration.ofSeconds(2)));
        summary.onEvent("web", new PoolEvent.Changed(GONE, WorkerState.STOPPING));
    }

    @Test
    void lateEventsAreAwaitedAndCounted() throws InterruptedException {
        summary.begin();
        Thread events = Thread.ofPlatform().unstarted(this::recordShutdown);
        Thread waiting = Thread.currentThread();
        Thread.ofPlatform().start(() -> {
            while (waiting.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            events.start();
        });

        summary.await(Set.of("web-0"), Duration.ofSeconds(30));

        assertThat(summary.killed()).isEqualTo(1);
        assertThat(summary.summary())
                .startsWith("1 worker ended in")
                .contains("the slowest 'web-0' in 2.0 s")
                .endsWith("1 had to be killed [web-0]");
    }

    @Test
    void missingEventsAreAwaitedUntilTheTimeout() throws InterruptedException {
        summary.begin();

        summary.await(Set.of("web-0"), Duration.ofMillis(1));

        assertThat(summary.killed()).isZero();
    }

    @Test
    void eventsBeforeTheShutdownDoNotCount() {
        recordShutdown();
        summary.begin();

        assertThat(summary.killed()).isZero();
        assertThat(summary.summary()).startsWith("0 workers ended");
    }
}
