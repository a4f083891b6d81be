package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.figures.Generator;
import io.livepatch.fleet.figures.Latency;
import io.livepatch.fleet.figures.Step;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class SharesTest {
    private static final Instant BEGIN = Instant.parse("2026-01-02T03:04:05Z");
    private static final Order ORDER = new Order("id", "a", 1, 0, BEGIN, false, 0, Map.of());
    private final UUID here = UUID.randomUUID();
    private final UUID gone = UUID.randomUUID();
    private final Shares shares = new Shares();

    static Share share(UUID process, long sequence, int turns, int machines) {
        Histogram micros = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);
        micros.recordValueWithCount(1000, turns);
        Latency latency = Latency.of(micros);
        Step turn = new Step(turns, Map.of("timeout", 1L), Map.of("503", 2L), latency, latency);
        Figures figures =
                new Figures("a", BEGIN, turn, Map.of(), List.of(), Map.of(), new Generator(latency, 0.25, machines));
        return new Share("id", process, sequence, false, Optional.empty(), figures);
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
        Figures sum = shares.sum(ORDER, Set.of(here));
        assertThat(sum.turn().ok()).isEqualTo(70);
        assertThat(sum.turn().response().count()).isEqualTo(70);
        assertThat(sum.generator().lateness().count()).isEqualTo(70);
        assertThat(sum.generator().machines()).isEqualTo(3);
        assertThat(shares.withoutThoseOf(Set.of(here)))
                .extracting(Share::incarnation)
                .containsExactly(gone);
    }

    @Test
    void ofALostProcessNothingElseIsForgotten() {
        Figures whole = new Figures(
                "a",
                BEGIN,
                Step.NONE,
                Map.of(),
                List.of(Runs.slot(0, 9, 4, 5)),
                Map.of("livepatch/0", 5L),
                3,
                Generator.NONE);
        shares.hear(List.of(new Share("id", gone, 1, false, Optional.empty(), whole)));

        assertThat(shares.sum(ORDER, Set.of())).isEqualTo(whole);
    }

    @Test
    void whatBelongsToAReplacedFlockIsForgotten() {
        shares.hear(List.of(share(here, 1, 50, 3)));
        shares.keep(List.of(new Order("another", "a", 2, 0, BEGIN, false, 0, Map.of())));
        assertThat(shares.sum(ORDER, Set.of(here)).turn().ok()).isZero();
    }
}
