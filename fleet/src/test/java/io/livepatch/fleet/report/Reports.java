package io.livepatch.fleet.report;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A run with events for every part of a report. */
final class Reports {
    static final Flock FLOCK = Runs.flock(
            "office",
            new Load.Open(
                    Load.Arrivals.POISSON, List.of(new Stage(Duration.ofSeconds(20), new Rate(0), new Rate(200_000)))),
            Duration.ofMinutes(2),
            Threshold.parse("p99 < 50ms"),
            Threshold.parse("service.p99 < 50ms"),
            Threshold.parse("errors == 0"),
            Threshold.parse("achieved >= 0.98 * offered"));

    private Reports() {}

    /** The same run with a warm-up of half a minute, and with answers of the load balancer itself. */
    static RunReport warmed() {
        RunReport usual = eventful();
        RunStats all = Runs.eventful("office");
        List<SecondStats> slots = all.slots().stream()
                .map(it -> it.second() < 30 ? unjudged(it) : it)
                .toList();
        List<SecondStats> judged =
                slots.stream().filter(it -> it.measured() > 0).toList();
        Latency response = judged.stream().map(SecondStats::response).reduce(Latency.NONE, Latency::plus);
        Latency service = judged.stream().map(SecondStats::service).reduce(Latency.NONE, Latency::plus);
        StepStats turn = new StepStats(
                response.count(), all.iteration().errors(), all.iteration().refusals(), response, service);
        RunStats runStats =
                new RunStats("office", Runs.BEGIN, turn, all.steps(), slots, all.units(), 1_234, all.generator());
        return new RunReport(
                usual.name(),
                usual.begin(),
                usual.end(),
                usual.replicas(),
                List.of(RunReport.FlockReport.of(Runs.warming(FLOCK, Duration.ofSeconds(30)), runStats)),
                List.of(),
                List.of(),
                usual.environment());
    }

    private static SecondStats unjudged(SecondStats secondStats) {
        return new SecondStats(
                secondStats.second(),
                secondStats.machines(),
                secondStats.offered(),
                secondStats.offered(),
                0,
                secondStats.done(),
                secondStats.failed(),
                secondStats.refused(),
                secondStats.response(),
                secondStats.service());
    }

    static RunReport eventful() {
        return new RunReport(
                "herd.yaml",
                Runs.BEGIN,
                Runs.BEGIN.plusSeconds(120),
                4,
                List.of(RunReport.FlockReport.of(FLOCK, Runs.eventful("office"))),
                List.of(new RunReport.Shortfall(
                        Runs.BEGIN.plusSeconds(30), Runs.BEGIN.plusSeconds(36), Runs.BEGIN.plusSeconds(90), Set.of(2))),
                List.of(
                        new RunReport.Event(Runs.BEGIN.plusSeconds(58), "config haproxy maxconn=500", "config"),
                        new RunReport.Event(Runs.BEGIN.plusSeconds(60), "haproxy reloaded", "reload"),
                        new RunReport.Event(Runs.BEGIN.plusSeconds(80), "livepatch/2 joined", "scale")),
                new RunReport.Environment("25.0.1+8", 2));
    }
}
