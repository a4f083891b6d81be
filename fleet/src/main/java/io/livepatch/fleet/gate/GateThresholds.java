package io.livepatch.fleet.gate;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What must hold while the command runs and after it. */
final class GateThresholds {
    /** A p99 of a few seconds' turns wanders by up to half of it without any cause; thrice as much is a change. */
    private static final int WORSE = 3;

    /** A machine that polls hourly does not mind this; a stack that is changed may take it, however fast it usually is. */
    private static final Duration ALLOWED = Duration.ofMillis(250);

    private GateThresholds() {}

    /** Those of the flock, or else: nothing fails, and p99 is at most three times what it was before, but 250 ms is always allowed. */
    static List<Threshold> of(Flock flock, RunStats before) {
        if (!flock.thresholds().isEmpty()) {
            return flock.thresholds();
        }
        Duration usual = before.turn().response().percentile(99);
        Duration thrice = usual.multipliedBy(WORSE);
        Duration most = thrice.compareTo(ALLOWED) > 0 ? thrice : ALLOWED;
        return List.of(
                Verdict.NO_ERRORS,
                new Threshold(
                        "p99 <= %s (%d × %s before, at least %s)"
                                .formatted(
                                        NumberFormat.time(most),
                                        WORSE,
                                        NumberFormat.time(usual),
                                        NumberFormat.time(ALLOWED)),
                        new Threshold.Metric.Percentile(99, false, Optional.empty()),
                        Threshold.Comparison.AT_MOST,
                        new Threshold.Bound.Time(most)));
    }
}
