package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.Shares.Share;
import io.livepatch.fleet.replica.Shares.ShareDelta;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class SharesTest {
    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");
    private static final FlockCommand COMMAND = new FlockCommand("id", "a", 1, 0, BEGIN, false, 0, Map.of());
    private final UUID here = UUID.randomUUID();
    private final UUID gone = UUID.randomUUID();
    private final Shares shares = new Shares();

    static Share share(UUID process, long sequence, int count, int machines) {
        Histogram micros = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);
        micros.recordValueWithCount(1000, count);
        Latency latency = Latency.of(micros);
        StepStats iteration = new StepStats(count, Map.of("timeout", 1L), Map.of("503", 2L), latency, latency);
        RunStats runStats = new RunStats(
                "a", BEGIN, iteration, Map.of(), List.of(), Map.of(), new GeneratorStats(latency, 0.25, machines));
        return new Share("id", process, sequence, false, Optional.empty(), false, runStats);
    }

    @Test
    void latestShareCountsOnce() {
        shares.merge(List.of(share(here, 2, 50, 3)));
        shares.merge(List.of(share(here, 1, 20, 3), share(here, 2, 50, 3)));
        assertThat(shares.sum(COMMAND, Set.of(here)).iteration().ok()).isEqualTo(50);
    }

    @Test
    void lostProcessKeepsItsStatisticsWithoutMachines() {
        shares.merge(List.of(share(here, 1, 50, 3), share(gone, 1, 20, 4)));
        RunStats sum = shares.sum(COMMAND, Set.of(here));
        assertThat(sum.iteration().ok()).isEqualTo(70);
        assertThat(sum.iteration().response().count()).isEqualTo(70);
        assertThat(sum.generator().lateness().count()).isEqualTo(70);
        assertThat(sum.generator().machines()).isEqualTo(3);
        assertThat(shares.delta(UUID.randomUUID(), Set.of(here), 0).shares())
                .extracting(Share::incarnation)
                .containsExactly(gone);
    }

    @Test
    void lostProcessKeepsAllOtherStatistics() {
        RunStats whole = new RunStats(
                "a",
                BEGIN,
                StepStats.NONE,
                Map.of(),
                List.of(Runs.slot(0, 9, 4, 5)),
                Map.of("livepatch/0", 5L),
                3,
                GeneratorStats.NONE);
        shares.merge(List.of(new Share("id", gone, 1, false, Optional.empty(), false, whole)));

        assertThat(shares.sum(COMMAND, Set.of())).isEqualTo(whole);
    }

    @Test
    void sharesOfReplacedFlocksAreRemoved() {
        shares.merge(List.of(share(here, 1, 50, 3)));
        shares.retain(() -> List.of(new FlockCommand("another", "a", 2, 0, BEGIN, false, 0, Map.of())));
        assertThat(shares.sum(COMMAND, Set.of(here)).iteration().ok()).isZero();
    }

    /** With the iterations of each second. */
    private static Share seconds(UUID process, long sequence, Map<Integer, Long> iterations) {
        List<SecondStats> slots = new TreeMap<>(iterations)
                .entrySet().stream()
                        .map(it -> new SecondStats(
                                it.getKey(),
                                1,
                                it.getValue(),
                                0,
                                it.getValue(),
                                it.getValue(),
                                0,
                                0,
                                Latency.NONE,
                                Latency.NONE))
                        .toList();
        return share(process, sequence, 1, 1).with(slots, false);
    }

    private static Map<Integer, Long> iterations(int seconds) {
        return IntStream.range(0, seconds).boxed().collect(Collectors.toMap(it -> it, it -> 1L));
    }

    @Test
    void deltaHasOnlyChangedSeconds() {
        Shares other = new Shares();
        Map<Integer, Long> iterations = iterations(3600);
        shares.merge(List.of(seconds(here, 1, iterations)));
        ShareDelta all = shares.delta(here, Set.of(here), 0);
        other.merge(here, all);
        iterations.put(17, 2L);
        iterations.put(3600, 1L);
        shares.merge(List.of(seconds(here, 2, iterations)));

        ShareDelta more =
                shares.delta(here, Set.of(here), other.receivedUpTo(here).orElseThrow());

        assertThat(all.shares().getFirst().stats().slots()).hasSize(3600);
        assertThat(more.shares().getFirst().stats().slots())
                .extracting(SecondStats::second)
                .containsExactly(17, 3600);
        other.merge(here, more);
        assertThat(other.sum(COMMAND, Set.of(here))).isEqualTo(shares.sum(COMMAND, Set.of(here)));
        assertThat(shares.delta(here, Set.of(here), other.receivedUpTo(here).orElseThrow())
                        .shares())
                .isEmpty();
    }

    @Test
    void partialShareWithoutBaseRequestsEverything() {
        Shares other = new Shares();
        shares.merge(List.of(seconds(here, 1, iterations(10))));
        other.merge(here, shares.delta(here, Set.of(here), 0));
        other.retain(List::of);
        shares.merge(List.of(seconds(here, 2, iterations(11))));

        other.merge(
                here, shares.delta(here, Set.of(here), other.receivedUpTo(here).orElseThrow()));

        assertThat(other.sum(COMMAND, Set.of(here)).slots()).isEmpty();
        assertThat(other.receivedUpTo(here)).isEmpty();
        other.merge(here, shares.delta(here, Set.of(here), 0));
        assertThat(other.sum(COMMAND, Set.of(here))).isEqualTo(shares.sum(COMMAND, Set.of(here)));
    }

    @Test
    void lostProcessIsSentToReceiversThatHadEverything() {
        Shares other = new Shares();
        shares.merge(List.of(seconds(gone, 1, iterations(10))));
        other.merge(here, shares.delta(here, Set.of(here, gone), 0));
        assertThat(other.sum(COMMAND, Set.of(here)).slots()).isEmpty();

        ShareDelta more =
                shares.delta(here, Set.of(here), other.receivedUpTo(here).orElseThrow());
        other.merge(here, more);

        assertThat(other.sum(COMMAND, Set.of(here))).isEqualTo(shares.sum(COMMAND, Set.of(here)));
        assertThat(shares.delta(here, Set.of(here), more.upTo()).shares()).isEmpty();
    }

    @Test
    void lostAndLateDeltasConverge() {
        Shares other = new Shares();
        Random random = new Random(3);
        Map<Integer, Long> iterations = iterations(5);
        List<ShareDelta> inFlight = new ArrayList<>();
        for (int round = 1; round < 500; round++) {
            iterations.merge(random.nextInt(5 + round / 10), 1L, Long::sum);
            shares.merge(List.of(seconds(here, round, iterations)));
            inFlight.add(
                    shares.delta(here, Set.of(here), other.receivedUpTo(here).orElse(0L)));
            if (random.nextInt(100) == 0) {
                other.retain(List::of);
            }
            ShareDelta next = inFlight.remove(random.nextInt(inFlight.size()));
            if (random.nextInt(3) > 0) {
                other.merge(here, next);
            } else if (random.nextBoolean()) {
                inFlight.add(next);
            }
        }
        for (int last = 0; last < 2; last++) {
            other.merge(
                    here,
                    shares.delta(here, Set.of(here), other.receivedUpTo(here).orElse(0L)));
        }

        assertThat(other.sum(COMMAND, Set.of(here))).isEqualTo(shares.sum(COMMAND, Set.of(here)));
    }
}
