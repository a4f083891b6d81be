package io.livepatch.fleet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.replica.RunView;
import io.livepatch.fleet.replica.RunView.LoadGap;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.Summary;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReplicaRuntimeTest {
    private static final Instant LOST = Runs.BEGIN.plusSeconds(30);
    private static final Instant END = Runs.BEGIN.plusSeconds(600);

    private static RunReport report(LoadGap... shortfalls) {
        List<LoadGap> all = List.of(shortfalls);
        RunView view =
                new RunView("run", new TreeSet<>(), List.of(), all, LoadGap.belowTarget(all), List.of(), List.of());
        return ReplicaRuntime.report(view, "herd", END, List.of());
    }

    @Test
    void shortfallEndsWithTheTakeover() {
        RunReport report = report(
                new LoadGap(1, LOST, LOST.plusMillis(5_250), Optional.of(LOST.plusSeconds(300))),
                new LoadGap(2, LOST.plusSeconds(3), LOST.plusSeconds(7), Optional.empty()));

        assertThat(report.shortfalls())
                .containsExactly(
                        new RunReport.Shortfall(LOST, LOST.plusMillis(5_250), LOST.plusSeconds(300), Set.of(1)),
                        new RunReport.Shortfall(LOST.plusSeconds(3), LOST.plusSeconds(7), END, Set.of(2)));
        assertThat(Summary.write(report)).contains("load below target while replicas were missing: 2 times, 7.00 s");
    }

    @Test
    void shortfallEndsWithTheRun() {
        RunReport report = report(new LoadGap(1, LOST, END.plusSeconds(5), Optional.empty()));

        assertThat(report.shortfalls()).containsExactly(new RunReport.Shortfall(LOST, END, END, Set.of(1)));
    }
}
