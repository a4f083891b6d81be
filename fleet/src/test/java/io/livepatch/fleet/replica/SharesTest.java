package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.stats.GeneratorStats;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.SecondStats;
import io.livepatch.fleet.stats.StepStats;
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
    private static final FlockCommand ORDER = new FlockCommand("id", "a", 1, 0, BEGIN, false, 0, Map.of());
    private final UUID here = UUID.randomUUID();
    private final UUID gone = UUID.randomUUID();
    private final Shares shares = new Shares();

    static Share share(UUID process, long sequence, int turns, int machines) {
        Histogram micros = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);
        micros.recordValueWithCount(1000, turns);
        Latency latency = Latency.of(micros);
        StepStats turn = new StepStats(turns, Map.of("timeout", 1L), Map.of("503", 2L), latency, latency);
        RunStats runStats = new RunStats(
                "a", BEGIN, turn, Map.of(), List.of(), Map.of(), new GeneratorStats(latency, 0.25, machines));
        return new Share("id", process, sequence, false, Optional.empty(), false, runStats);
    }

    @Test
    void theLastThatWasToldCountsOnceHoweverOftenItIsHeard() {
        shares.hear(List.of(share(here, 2, 50, 3)));
        shares.hear(List.of(share(here, 1, 20, 3), share(here, 2, 50, 3)));
        assertThat(shares.sum(ORDER, Set.of(here)).turn().ok()).isEqualTo(50);
    }

    @Test
    void whatALostProcessDidIsKeptButItsMachinesAreNot() {
        shares.hear(List.of(share(here, 1, 50, 3), share(gone, 1, 20, 4)));
        RunStats sum = shares.sum(ORDER, Set.of(here));
        assertThat(sum.turn().ok()).isEqualTo(70);
        assertThat(sum.turn().response().count()).isEqualTo(70);
        assertThat(sum.generator().lateness().count()).isEqualTo(70);
        assertThat(sum.generator().machines()).isEqualTo(3);
        assertThat(shares.tell(UUID.randomUUID(), Set.of(here), 0).shares())
                .extracting(Share::incarnation)
                .containsExactly(gone);
    }

    @Test
    void ofALostProcessNothingElseIsForgotten() {
        RunStats whole = new RunStats(
                "a",
                BEGIN,
                StepStats.NONE,
                Map.of(),
                List.of(Runs.slot(0, 9, 4, 5)),
                Map.of("livepatch/0", 5L),
                3,
                GeneratorStats.NONE);
        shares.hear(List.of(new Share("id", gone, 1, false, Optional.empty(), false, whole)));

        assertThat(shares.sum(ORDER, Set.of())).isEqualTo(whole);
    }

    @Test
    void whatBelongsToAReplacedFlockIsForgotten() {
        shares.hear(List.of(share(here, 1, 50, 3)));
        shares.keep(() -> List.of(new FlockCommand("another", "a", 2, 0, BEGIN, false, 0, Map.of())));
        assertThat(shares.sum(ORDER, Set.of(here)).turn().ok()).isZero();
    }

    /** With a turn in each of these seconds. */
    private static Share seconds(UUID process, long sequence, Map<Integer, Long> turns) {
        List<SecondStats> slots = new TreeMap<>(turns)
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

    private static Map<Integer, Long> turns(int seconds) {
        return IntStream.range(0, seconds).boxed().collect(Collectors.toMap(it -> it, it -> 1L));
    }

    @Test
    void whoWasToldAllIsToldOnlyOfTheSecondsThatHaveChangedSince() {
        Shares other = new Shares();
        Map<Integer, Long> turns = turns(3600);
        shares.hear(List.of(seconds(here, 1, turns)));
        ShareDelta all = shares.tell(here, Set.of(here), 0);
        other.hear(here, all);
        turns.put(17, 2L);
        turns.put(3600, 1L);
        shares.hear(List.of(seconds(here, 2, turns)));

        ShareDelta more = shares.tell(here, Set.of(here), other.toldBy(here).orElseThrow());

        assertThat(all.shares().getFirst().figures().slots()).hasSize(3600);
        assertThat(more.shares().getFirst().figures().slots())
                .extracting(SecondStats::second)
                .containsExactly(17, 3600);
        other.hear(here, more);
        assertThat(other.sum(ORDER, Set.of(here))).isEqualTo(shares.sum(ORDER, Set.of(here)));
        assertThat(shares.tell(here, Set.of(here), other.toldBy(here).orElseThrow())
                        .shares())
                .isEmpty();
    }

    @Test
    void aPartWithoutTheRestIsPassedOverAndAllIsAskedForAgain() {
        Shares other = new Shares();
        shares.hear(List.of(seconds(here, 1, turns(10))));
        other.hear(here, shares.tell(here, Set.of(here), 0));
        other.keep(List::of);
        shares.hear(List.of(seconds(here, 2, turns(11))));

        other.hear(here, shares.tell(here, Set.of(here), other.toldBy(here).orElseThrow()));

        assertThat(other.sum(ORDER, Set.of(here)).slots()).isEmpty();
        assertThat(other.toldBy(here)).isEmpty();
        other.hear(here, shares.tell(here, Set.of(here), 0));
        assertThat(other.sum(ORDER, Set.of(here))).isEqualTo(shares.sum(ORDER, Set.of(here)));
    }

    @Test
    void ofOneThatIsLostIsToldToThoseWhoKnewAllBeforeIt() {
        Shares other = new Shares();
        shares.hear(List.of(seconds(gone, 1, turns(10))));
        other.hear(here, shares.tell(here, Set.of(here, gone), 0));
        assertThat(other.sum(ORDER, Set.of(here)).slots()).isEmpty();

        ShareDelta more = shares.tell(here, Set.of(here), other.toldBy(here).orElseThrow());
        other.hear(here, more);

        assertThat(other.sum(ORDER, Set.of(here))).isEqualTo(shares.sum(ORDER, Set.of(here)));
        assertThat(shares.tell(here, Set.of(here), more.upTo()).shares()).isEmpty();
    }

    @Test
    void whateverIsLostOrComesLateItComesToTheSame() {
        Shares other = new Shares();
        Random random = new Random(3);
        Map<Integer, Long> turns = turns(5);
        List<ShareDelta> underWay = new ArrayList<>();
        for (int round = 1; round < 500; round++) {
            turns.merge(random.nextInt(5 + round / 10), 1L, Long::sum);
            shares.hear(List.of(seconds(here, round, turns)));
            underWay.add(shares.tell(here, Set.of(here), other.toldBy(here).orElse(0L)));
            if (random.nextInt(100) == 0) {
                other.keep(List::of);
            }
            ShareDelta next = underWay.remove(random.nextInt(underWay.size()));
            if (random.nextInt(3) > 0) {
                other.hear(here, next);
            } else if (random.nextBoolean()) {
                underWay.add(next);
            }
        }
        for (int last = 0; last < 2; last++) {
            other.hear(here, shares.tell(here, Set.of(here), other.toldBy(here).orElse(0L)));
        }

        assertThat(other.sum(ORDER, Set.of(here))).isEqualTo(shares.sum(ORDER, Set.of(here)));
    }
}
