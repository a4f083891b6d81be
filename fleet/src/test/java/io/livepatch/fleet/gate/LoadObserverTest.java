package io.livepatch.fleet.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.gate.Gate.ObservedLoad;
import io.livepatch.fleet.report.RunReport.FlockReport;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.verdict.Verdict.Check;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The counts of iterations that are running when a gate observes the load. */
final class LoadObserverTest {
    private static final Flock FLOCK =
            Runs.flock("office", Runs.constant(100), Duration.ofHours(1), Threshold.parse("achieved >= 1 * offered"));

    private final Deque<RunStats> looks = new ArrayDeque<>();

    /** Statistics with this many due and completed iterations in each second. */
    private void setFigures(long... dueAndOver) {
        List<SecondStats> slots = new ArrayList<>();
        long done = 0;
        for (int i = 0; i < dueAndOver.length; i += 2) {
            slots.add(Runs.slot(i / 2, dueAndOver[i], 0, dueAndOver[i + 1]));
            done += dueAndOver[i + 1];
        }
        looks.add(Runs.figures(Runs.step(Map.of(), new long[(int) done]), slots));
    }

    /** The first snapshot is empty; each following one is the next of the list. */
    private LoadObserver observer() {
        RunStats nothing = RunStats.none("office", Runs.BEGIN);
        Deque<RunStats> rest = new ArrayDeque<>(looks);
        rest.addFirst(nothing);
        return new LoadObserver(
                new ObservedLoad(FLOCK, () -> rest.size() > 1 ? rest.remove() : rest.element(), () -> false));
    }

    private static List<String> measured(FlockReport report) {
        return report.checks().stream().map(Check::measured).toList();
    }

    @Test
    void iterationsDueInTheSettlePhaseDoNotCountAsMissing() {
        setFigures(100, 97);
        setFigures(100, 100, 100, 95);
        setFigures(100, 100, 100, 99, 3, 1);
        setFigures(100, 100, 100, 100, 6, 2);
        LoadObserver loadObserver = observer();

        loadObserver.markBegin();
        loadObserver.markDue();
        assertThat(loadObserver.settled()).isFalse();
        assertThat(loadObserver.settled()).isTrue();

        FlockReport report = loadObserver.report();
        // Three that were under way at its begin, a hundred that were due in it, and two that were due later, and are
        // over.
        assertThat(measured(report))
                .containsExactly("105 iterations of 105 that were due, 100.00 %", "all of 200 iterations", "it did");
        assertThat(report.passed()).isTrue();
    }

    @Test
    void laterIterationsDoNotCompensateAHangingOne() {
        setFigures(100, 100);
        setFigures(100, 100, 100, 98);
        setFigures(100, 100, 100, 99, 50, 40);
        LoadObserver loadObserver = observer();

        loadObserver.markBegin();
        loadObserver.markDue();
        assertThat(loadObserver.settled()).isFalse();

        FlockReport report = loadObserver.report();
        assertThat(measured(report))
                .containsExactly(
                        "139 iterations of 140 that were due, 99.28 %", "1 had not, of 200 iterations", "it did");
        assertThat(report.passed()).isFalse();
    }

    @Test
    void secondOfTheLastSnapshotEndsWithIt() {
        setFigures(100, 100);
        setFigures(100, 100, 40, 30);
        setFigures(100, 100, 90, 40);
        LoadObserver loadObserver = observer();

        loadObserver.markBegin();
        loadObserver.markDue();

        assertThat(loadObserver.settled()).isTrue();
        assertThat(loadObserver.report().passed()).isTrue();
    }
}
