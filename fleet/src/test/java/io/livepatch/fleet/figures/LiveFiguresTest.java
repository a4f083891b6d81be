package io.livepatch.fleet.figures;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class LiveFiguresTest {
    private static final long SECOND = 1_000_000_000L;
    // Anywhere: nanoTime may be negative, and wraps around.
    private static final long ORIGIN = Long.MAX_VALUE - 5 * SECOND;
    private static final long MILLI = 1_000_000L;

    private LiveFigures live = new LiveFigures("f", Instant.EPOCH, ORIGIN, Duration.ZERO);

    private void turn(long dueMillis, long begunMillis, long endedMillis, Optional<String> error) {
        long begun = ORIGIN + begunMillis * MILLI;
        live.due(ORIGIN + dueMillis * MILLI, begun);
        live.turn(ORIGIN + dueMillis * MILLI, begun, ORIGIN + endedMillis * MILLI, error);
    }

    @Test
    void aTurnIsOfferedWhenItIsDueAndDoneWhenItHasEnded() {
        turn(900, 1500, 7100, Optional.empty());
        turn(1000, 1000, 1001, Optional.of("timeout"));

        Figures figures = live.figures(3);

        assertThat(figures.slots()).hasSize(8);
        assertThat(figures.slots()).extracting(Slot::second).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(figures.slots()).extracting(Slot::offered).containsExactly(1L, 1L, 0L, 0L, 0L, 0L, 0L, 0L);
        assertThat(figures.slots()).extracting(Slot::done).containsExactly(0L, 1L, 0L, 0L, 0L, 0L, 0L, 1L);
        assertThat(figures.slots()).extracting(Slot::failed).containsExactly(0L, 1L, 0L, 0L, 0L, 0L, 0L, 0L);
        Slot last = figures.slots().getLast();
        assertThat(last.response().max()).isBetween(Duration.ofMillis(6200), Duration.ofMillis(6210));
        assertThat(last.service().max()).isBetween(Duration.ofMillis(5600), Duration.ofMillis(5610));
        assertThat(figures.turn().response()).isEqualTo(last.response());
        assertThat(figures.turn().service()).isEqualTo(last.service());
        assertThat(figures.turn().ok()).isEqualTo(1);
        assertThat(figures.turn().errors()).isEqualTo(Map.of("timeout", 1L));
        assertThat(figures.generator().lateness().max()).isBetween(Duration.ofMillis(600), Duration.ofMillis(601));
        assertThat(figures.generator().machines()).isEqualTo(3);
    }

    @Test
    void aFailureBelongsToTheSecondInWhichItCame() {
        turn(500, 600, 2500, Optional.of("timeout"));

        assertThat(live.figures(1).slots()).extracting(Slot::failed).containsExactly(0L, 0L, 1L);
    }

    @Test
    void whatTakesLongerThanCanBeToldIsAnHour() {
        turn(0, 0, Duration.ofHours(2).toMillis(), Optional.empty());

        Latency response = live.figures(1).turn().response();
        assertThat(Latency.parse(response.text())).isEqualTo(response);
        assertThat(response.max()).isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
    }

    @Test
    void aTurnThatDoesNotEndIsOfferedAllTheSame() {
        live.due(ORIGIN + 3 * SECOND, ORIGIN + 3 * SECOND);

        Slot only = live.figures(1).slots().getLast();
        assertThat(only.second()).isEqualTo(3);
        assertThat(only.offered()).isEqualTo(1);
    }

    @Test
    void whoWasPassedOverIsCounted() {
        live.passedOver(2);
        live.passedOver(1);

        assertThat(live.figures(1).generator().passedOver()).isEqualTo(3);
    }

    @Test
    void callsRefusalsAndUnitsAreCountedByName() {
        live.step("enrol", ORIGIN, ORIGIN + 5 * MILLI, Optional.empty());
        live.step("enrol", ORIGIN, ORIGIN + 5 * MILLI, Optional.of("status 500"));
        live.refused("check-in", 503, Duration.ofSeconds(3));
        live.refused("check-in", 429, Duration.ofSeconds(3));
        live.answered("livepatch/0");
        live.answered("livepatch/0");
        live.unnamed();

        Figures figures = live.figures(0);

        assertThat(figures.steps().keySet()).containsExactlyInAnyOrder("enrol", "check-in");
        Step enrol = figures.steps().get("enrol");
        assertThat(enrol.ok()).isEqualTo(1);
        assertThat(enrol.errors()).isEqualTo(Map.of("status 500", 1L));
        assertThat(enrol.service().max()).isBetween(Duration.ofMillis(5), Duration.ofNanos(5_010_000));
        assertThat(figures.steps().get("check-in").refusals()).isEqualTo(Map.of("503", 1L, "429", 1L));
        assertThat(figures.turn().refusals()).isEqualTo(Map.of("503", 1L, "429", 1L));
        assertThat(figures.slots().stream().mapToLong(Slot::refused).sum()).isEqualTo(2);
        assertThat(figures.units()).isEqualTo(Map.of("livepatch/0", 2L));
        assertThat(figures.unnamed()).isEqualTo(1);
        assertThat(figures.plus(figures).unnamed()).isEqualTo(2);
    }

    @Test
    void ofEachSecondItIsKnownHowManyAreOver() {
        turn(900, 1500, 7100, Optional.empty());
        turn(1000, 1000, 1001, Optional.of("timeout"));
        turn(1100, 1100, 7100, Optional.empty());
        live.due(ORIGIN + 1200 * MILLI, ORIGIN + 1200 * MILLI);

        assertThat(live.figures(0).slots()).extracting(Slot::offered).startsWith(1L, 3L, 0L);
        assertThat(live.figures(0).slots()).extracting(Slot::over).containsExactly(1L, 2L, 0L, 0L, 0L, 0L, 0L, 0L);
    }

    @Test
    void whatIsDueInTheWarmUpStandsInTheSecondsAlone() {
        live = new LiveFigures("f", Instant.EPOCH, ORIGIN, Duration.ofMillis(1500));
        turn(0, 700, 800, Optional.of("status 500"));
        turn(1499, 1499, 4000, Optional.empty());
        Recorder cold = live.calls(ORIGIN + 1499 * MILLI);
        cold.step("enrol", ORIGIN, ORIGIN + 5 * MILLI, Optional.of("status 500"));
        cold.refused("enrol", 503, Duration.ZERO);
        cold.answered("livepatch/0");
        cold.unnamed();
        live.tick(1, 2, 0.9);
        Figures cooled = live.figures(2);

        turn(1500, 1500, 1507, Optional.empty());
        live.calls(ORIGIN + 1500 * MILLI).step("check-in", ORIGIN, ORIGIN + 7 * MILLI, Optional.empty());
        live.calls(ORIGIN + 1500 * MILLI).answered("livepatch/1");
        live.tick(2, 2, 0.3);
        Figures figures = live.figures(2);

        assertThat(cooled.unjudged()).isEqualTo(2);
        assertThat(cooled.turn()).isEqualTo(Step.NONE);
        assertThat(cooled.steps()).isEmpty();
        assertThat(cooled.units()).isEmpty();
        assertThat(cooled.unnamed()).isZero();
        assertThat(cooled.offered() + cooled.done()).isZero();
        assertThat(cooled.generator()).isEqualTo(new Generator(Latency.NONE, 0, 2));
        assertThat(figures.unjudged()).isEqualTo(2);
        assertThat(figures.offered()).isEqualTo(1);
        assertThat(figures.done()).isEqualTo(1);
        assertThat(figures.turn().response().max()).isLessThan(Duration.ofMillis(8));
        assertThat(figures.steps().keySet()).containsExactly("check-in");
        assertThat(figures.units()).containsOnlyKeys("livepatch/1");
        assertThat(figures.generator().busiest()).isEqualTo(0.3);
        assertThat(figures.slots()).extracting(Slot::offered).startsWith(1L, 2L);
        assertThat(figures.slots()).extracting(Slot::judged).startsWith(0L, 1L);
        assertThat(figures.slots().stream().mapToLong(Slot::done).sum()).isEqualTo(3);
        assertThat(figures.slots().stream().mapToLong(Slot::failed).sum()).isEqualTo(1);
        assertThat(figures.slots().stream().mapToLong(Slot::refused).sum()).isEqualTo(1);
        assertThat(figures.slots().stream()
                        .mapToLong(slot -> slot.response().count())
                        .sum())
                .isEqualTo(2);
        Figures both = figures.plus(figures);
        assertThat(List.of(both.unjudged(), both.offered(), both.done())).containsExactly(4L, 2L, 2L);
    }

    @Test
    void aServerThatMakesUpErrorsIsNotRememberedWordForWord() {
        for (int i = 0; i < 1000; i++) {
            turn(i, i, i, Optional.of("made up " + i));
        }

        Map<String, Long> errors = live.figures(0).turn().errors();

        assertThat(errors).hasSize(51).containsEntry("made up 0", 1L).containsEntry("other", 950L);
        assertThat(live.figures(0).turn().failed()).isEqualTo(1000);
    }

    @Test
    void ticksSayHowManyWereAliveAndTheBusiestSecond() {
        live.tick(2, 10, 0.25);
        live.tick(3, 12, 0.75);
        live.tick(4, 11, 0.5);

        Figures figures = live.figures(11);

        assertThat(figures.slots()).extracting(Slot::second).containsExactly(2, 3, 4);
        assertThat(figures.slots()).extracting(Slot::machines).containsExactly(10L, 12L, 11L);
        assertThat(figures.generator().busiest()).isEqualTo(0.75);
    }

    @Test
    void aLongRunKeepsEveryCountAndEveryTime() {
        int length = 3 * Seconds.POINTS + 7;
        for (int second = 0; second < length; second++) {
            turn(second * 1000L, second * 1000L, second * 1000L + second % 900 + 1, Optional.empty());
        }

        Figures figures = live.figures(0);

        assertThat(figures.slots()).hasSize(length).allMatch(slot -> slot.offered() == 1 && slot.done() == 1);
        assertThat(figures.slots().stream().filter(slot -> slot.response().count() > 0))
                .hasSizeBetween(Seconds.POINTS / 2, Seconds.POINTS);
        assertThat(figures.slots().stream().map(Slot::response).reduce(Latency.NONE, Latency::plus))
                .isEqualTo(figures.turn().response());
        assertThat(figures.turn().response().count()).isEqualTo(length);
        assertThat(figures.slots().stream().map(Slot::service).reduce(Latency.NONE, Latency::plus))
                .isEqualTo(figures.turn().service());
    }

    @Test
    void manyThreadsLoseNothing() {
        int threads = 2000;
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < threads; thread++) {
                int at = thread;
                each.execute(() -> {
                    for (int i = 0; i < 100; i++) {
                        turn(i * 10L, i * 10L, i * 10L + at, i % 10 == 0 ? Optional.of("bad") : Optional.empty());
                    }
                    live.figures(0);
                });
            }
        }

        Figures figures = live.figures(0);

        assertThat(figures.offered()).isEqualTo(threads * 100L);
        assertThat(figures.done()).isEqualTo(threads * 100L);
        assertThat(figures.turn().failed()).isEqualTo(threads * 10L);
        assertThat(figures.slots().stream().mapToLong(Slot::done).sum()).isEqualTo(threads * 100L);
        assertThat(figures.slots()).allMatch(slot -> slot.over() == slot.offered());
        assertThat(figures.slots().stream().map(Slot::response).reduce(Latency.NONE, Latency::plus))
                .isEqualTo(figures.turn().response());
    }
}
