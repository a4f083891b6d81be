package io.livepatch.fleet.api;

import io.livepatch.fleet.replica.RunView;
import io.livepatch.fleet.replica.RunView.FlockView;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * The progress of a flock as JSON: the fields of Mobu, and further ones.
 *
 * @param responseMillis percentiles of the time from the moment when an iteration was due to its end, in milliseconds
 */
record FlockSummary(
        String name,
        String business,
        FlockView.State state,
        Instant startTime,
        int monkeyCount,
        long successCount,
        long failureCount,
        long offered,
        long refused,
        long machines,
        Map<String, Double> responseMillis,
        Map<String, Long> errors,
        List<String> problems,
        SortedSet<Integer> missingReplicas) {

    static FlockSummary of(FlockView flock, RunView run) {
        RunStats runStats = flock.stats();
        return new FlockSummary(
                flock.flock().name(),
                flock.flock().work().type(),
                flock.state(),
                flock.begin(),
                flock.flock().count(),
                runStats.iteration().ok(),
                runStats.iteration().failed(),
                runStats.offered(),
                runStats.iteration().refused(),
                runStats.generator().machines(),
                millis(runStats.iteration().response()),
                new TreeMap<>(runStats.iteration().errors()),
                flock.problems(),
                run.missing());
    }

    private static Map<String, Double> millis(Latency latency) {
        Map<String, Double> millis = new TreeMap<>();
        for (double percent : new double[] {50, 90, 99, 99.9, 100}) {
            String name = percent == 100 ? "max" : "p" + (percent == 99.9 ? "99.9" : String.valueOf((int) percent));
            millis.put(name, latency.percentile(percent).toNanos() / 1e6);
        }
        return millis;
    }
}
