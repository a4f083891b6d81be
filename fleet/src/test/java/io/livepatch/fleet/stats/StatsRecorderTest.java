package io.livepatch.fleet.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class StatsRecorderTest {
    private static final long SECOND = 1_000_000_000L;
    // Anywhere: nanoTime may be negative, and wraps around.
    private static final long ORIGIN = Long.MAX_VALUE - 5 * SECOND;
    private static final long MILLI = 1_000_000L;

    private StatsRecorder recorder = new StatsRecorder("f", Instant.EPOCH, ORIGIN, () -> ORIGIN, Duration.ZERO);

    private void iteration(long dueMillis, long begunMillis, long endedMillis, Optional<String> error) {
        long begun = ORIGIN + begunMillis * MILLI;
        recorder.iterationBegan(ORIGIN + dueMillis * MILLI, begun);
        recorder.iterationEnded(ORIGIN + dueMillis * MILLI, begun, ORIGIN + endedMillis * MILLI, error);
    }

    @Test
    void iterationIsOfferedWhenItIsDueAndDoneWhenItEnds() {
        iteration(900, 1500, 7100, Optional.empty());
        iteration(1000, 1000, 1001, Optional.of("timeout"));

        RunStats runStats = recorder.snapshot(3);

        assertThat(runStats.slots()).hasSize(8);
        assertThat(runStats.slots()).extracting(SecondStats::second).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(runStats.slots()).extracting(SecondStats::offered).containsExactly(1L, 1L, 0L, 0L, 0L, 0L, 0L, 0L);
        assertThat(runStats.slots()).extracting(SecondStats::done).containsExactly(0L, 1L, 0L, 0L, 0L, 0L, 0L, 1L);
        assertThat(runStats.slots()).extracting(SecondStats::failed).containsExactly(0L, 1L, 0L, 0L, 0L, 0L, 0L, 0L);
        SecondStats last = runStats.slots().getLast();
        assertThat(last.response().max()).isBetween(Duration.ofMillis(6200), Duration.ofMillis(6210));
        assertThat(last.service().max()).isBetween(Duration.ofMillis(5600), Duration.ofMillis(5610));
        assertThat(runStats.iteration().response()).isEqualTo(last.response());
        assertThat(runStats.iteration().service()).isEqualTo(last.service());
        assertThat(runStats.iteration().ok()).isEqualTo(1);
        assertThat(runStats.iteration().errors()).isEqualTo(Map.of("timeout", 1L));
        assertThat(runStats.generator().lateness().max()).isBetween(Duration.ofMillis(600), Duration.ofMillis(601));
        assertThat(runStats.generator().machines()).isEqualTo(3);
    }

    @Test
    void failureCountsInTheSecondOfItsEnd() {
        iteration(500, 600, 2500, Optional.of("timeout"));

        assertThat(recorder.snapshot(1).slots()).extracting(SecondStats::failed).containsExactly(0L, 0L, 1L);
    }

    @Test
    void latencyIsCappedAtAnHour() {
        iteration(0, 0, Duration.ofHours(2).toMillis(), Optional.empty());

        Latency response = recorder.snapshot(1).iteration().response();
        assertThat(Latency.parse(response.text())).isEqualTo(response);
        assertThat(response.max()).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
    }

    @Test
    void iterationThatDoesNotEndIsOffered() {
        recorder.iterationBegan(ORIGIN + 3 * SECOND, ORIGIN + 3 * SECOND);

        SecondStats only = recorder.snapshot(1).slots().getLast();
        assertThat(only.second()).isEqualTo(3);
        assertThat(only.offered()).isEqualTo(1);
    }

    @Test
    void passedOverMonkeysAreCounted() {
        recorder.passedOver(2);
        recorder.passedOver(1);

        assertThat(recorder.snapshot(1).generator().passedOver()).isEqualTo(3);
    }

    @Test
    void callsRefusalsAndUnitsAreCountedByName() {
        recorder.step("enrol", ORIGIN, ORIGIN + 5 * MILLI, Optional.empty());
        recorder.step("enrol", ORIGIN, ORIGIN + 5 * MILLI, Optional.of("status 500"));
        recorder.refused("check-in", 503, Duration.ofSeconds(3));
        recorder.refused("check-in", 429, Duration.ofSeconds(3));
        recorder.answered("livepatch/0");
        recorder.answered("livepatch/0");
        recorder.unnamed();

        RunStats runStats = recorder.snapshot(0);

        assertThat(runStats.steps().keySet()).containsExactlyInAnyOrder("enrol", "check-in");
        StepStats enrol = runStats.steps().get("enrol");
        assertThat(enrol.ok()).isEqualTo(1);
        assertThat(enrol.errors()).isEqualTo(Map.of("status 500", 1L));
        assertThat(enrol.service().max()).isBetween(Duration.ofMillis(5), Duration.ofNanos(5_010_000));
        assertThat(runStats.steps().get("check-in").refusals()).isEqualTo(Map.of("503", 1L, "429", 1L));
        assertThat(runStats.iteration().refusals()).isEqualTo(Map.of("503", 1L, "429", 1L));
        assertThat(runStats.slots().stream().mapToLong(SecondStats::refused).sum())
                .isEqualTo(2);
        assertThat(runStats.units()).isEqualTo(Map.of("livepatch/0", 2L));
        assertThat(runStats.unnamed()).isEqualTo(1);
        assertThat(runStats.plus(runStats).unnamed()).isEqualTo(2);
    }

    @Test
    void completedIterationsCountInTheSecondTheyWereDue() {
        iteration(900, 1500, 7100, Optional.empty());
        iteration(1000, 1000, 1001, Optional.of("timeout"));
        iteration(1100, 1100, 7100, Optional.empty());
        recorder.iterationBegan(ORIGIN + 1200 * MILLI, ORIGIN + 1200 * MILLI);

        assertThat(recorder.snapshot(0).slots())
                .extracting(SecondStats::offered)
                .startsWith(1L, 3L, 0L);
        assertThat(recorder.snapshot(0).slots())
                .extracting(SecondStats::completed)
                .containsExactly(1L, 2L, 0L, 0L, 0L, 0L, 0L, 0L);
    }

    @Test
    void warmUpCountsInSlotsOnly() {
        recorder = new StatsRecorder("f", Instant.EPOCH, ORIGIN, () -> ORIGIN, Duration.ofMillis(1500));
        iteration(0, 700, 800, Optional.of("status 500"));
        iteration(1499, 1499, 4000, Optional.empty());
        Recorder cold = recorder.callRecorder(ORIGIN + 1499 * MILLI);
        cold.step("enrol", ORIGIN, ORIGIN + 5 * MILLI, Optional.of("status 500"));
        cold.refused("enrol", 503, Duration.ZERO);
        cold.answered("livepatch/0");
        cold.unnamed();
        recorder.tick(1, 2, 0.9);
        RunStats cooled = recorder.snapshot(2);

        iteration(1500, 1500, 1507, Optional.empty());
        recorder.callRecorder(ORIGIN + 1500 * MILLI).step("check-in", ORIGIN, ORIGIN + 7 * MILLI, Optional.empty());
        recorder.callRecorder(ORIGIN + 1500 * MILLI).answered("livepatch/1");
        recorder.tick(2, 2, 0.3);
        RunStats runStats = recorder.snapshot(2);

        assertThat(cooled.warmUp()).isEqualTo(2);
        assertThat(cooled.iteration()).isEqualTo(StepStats.NONE);
        assertThat(cooled.steps()).isEmpty();
        assertThat(cooled.units()).isEmpty();
        assertThat(cooled.unnamed()).isZero();
        assertThat(cooled.offered() + cooled.done()).isZero();
        assertThat(cooled.generator()).isEqualTo(new GeneratorStats(Latency.NONE, 0, 2));
        assertThat(runStats.warmUp()).isEqualTo(2);
        assertThat(runStats.offered()).isEqualTo(1);
        assertThat(runStats.done()).isEqualTo(1);
        assertThat(runStats.iteration().response().max()).isLessThan(Duration.ofMillis(8));
        assertThat(runStats.steps().keySet()).containsExactly("check-in");
        assertThat(runStats.units()).containsOnlyKeys("livepatch/1");
        assertThat(runStats.generator().busiest()).isEqualTo(0.3);
        assertThat(runStats.slots()).extracting(SecondStats::offered).startsWith(1L, 2L);
        assertThat(runStats.slots()).extracting(SecondStats::measured).startsWith(0L, 1L);
        assertThat(runStats.slots().stream().mapToLong(SecondStats::done).sum()).isEqualTo(3);
        assertThat(runStats.slots().stream().mapToLong(SecondStats::failed).sum())
                .isEqualTo(1);
        assertThat(runStats.slots().stream().mapToLong(SecondStats::refused).sum())
                .isEqualTo(1);
        assertThat(runStats.slots().stream()
                        .mapToLong(slot -> slot.response().count())
                        .sum())
                .isEqualTo(2);
        RunStats both = runStats.plus(runStats);
        assertThat(List.of(both.warmUp(), both.offered(), both.done())).containsExactly(4L, 2L, 2L);
    }

    @Test
    void kindsOfErrorsAreBounded() {
        for (int i = 0; i < 1000; i++) {
            iteration(i, i, i, Optional.of("made up " + i));
        }

        Map<String, Long> errors = recorder.snapshot(0).iteration().errors();

        assertThat(errors).hasSize(51).containsEntry("made up 0", 1L).containsEntry("other", 950L);
        assertThat(recorder.snapshot(0).iteration().failed()).isEqualTo(1000);
    }

    @Test
    void ticksRecordMachinesAndTheBusiestSecond() {
        recorder.tick(2, 10, 0.25);
        recorder.tick(3, 12, 0.75);
        recorder.tick(4, 11, 0.5);

        RunStats runStats = recorder.snapshot(11);

        assertThat(runStats.slots()).extracting(SecondStats::second).containsExactly(2, 3, 4);
        assertThat(runStats.slots()).extracting(SecondStats::machines).containsExactly(10L, 12L, 11L);
        assertThat(runStats.generator().busiest()).isEqualTo(0.75);
    }

    @Test
    void longRunKeepsEveryCountAndLatency() {
        // Neighbours are joined twice.
        int length = 2 * TimeSeries.POINTS + 7;
        for (int second = 0; second < length; second++) {
            iteration(second * 1000L, second * 1000L, second * 1000L + second % 900 + 1, Optional.empty());
        }

        RunStats runStats = recorder.snapshot(0);

        assertThat(runStats.slots()).hasSize(length).allMatch(slot -> slot.offered() == 1 && slot.done() == 1);
        assertThat(runStats.slots().stream().filter(slot -> slot.response().count() > 0))
                .hasSizeBetween(TimeSeries.POINTS / 2, TimeSeries.POINTS);
        assertThat(runStats.slots().stream().map(SecondStats::response).reduce(Latency.NONE, Latency::plus))
                .isEqualTo(runStats.iteration().response());
        assertThat(runStats.iteration().response().count()).isEqualTo(length);
        assertThat(runStats.slots().stream().map(SecondStats::service).reduce(Latency.NONE, Latency::plus))
                .isEqualTo(runStats.iteration().service());
    }

    @Test
    void concurrentRecordingLosesNothing() {
        int threads = 200;
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < threads; thread++) {
                int at = thread;
                each.execute(() -> {
                    for (int i = 0; i < 100; i++) {
                        iteration(i * 10L, i * 10L, i * 10L + at, i % 10 == 0 ? Optional.of("bad") : Optional.empty());
                    }
                    recorder.snapshot(0);
                });
            }
        }

        RunStats runStats = recorder.snapshot(0);

        assertThat(runStats.offered()).isEqualTo(threads * 100L);
        assertThat(runStats.done()).isEqualTo(threads * 100L);
        assertThat(runStats.iteration().failed()).isEqualTo(threads * 10L);
        assertThat(runStats.slots().stream().mapToLong(SecondStats::done).sum()).isEqualTo(threads * 100L);
        assertThat(runStats.slots()).allMatch(slot -> slot.completed() == slot.offered());
        assertThat(runStats.slots().stream().map(SecondStats::response).reduce(Latency.NONE, Latency::plus))
                .isEqualTo(runStats.iteration().response());
    }
}
