package io.livepatch.fleet;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Flock.KernelMix;
import io.livepatch.fleet.flock.Flock.StartBatches;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Threshold;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.stats.Latency;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.GeneratorStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.stats.RunStats.StepStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.HdrHistogram.Histogram;

/** Flocks and figures as a run has them. */
public final class Runs {
    public static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");

    /** The default one. */
    public static final Workload.Pace PACE = new Workload.Pace(Duration.ofMinutes(1), Duration.ofMinutes(1), true);

    private static final Map<String, RunStats> EVENTFUL = new ConcurrentHashMap<>();

    private Runs() {}

    public static Load.Open constant(long perSecond) {
        Rate rate = new Rate(perSecond * 1000);
        return new Load.Open(Load.Arrivals.CONSTANT, List.of(new Stage(Duration.ofHours(1), rate, rate)));
    }

    public static Flock flock(String name, Load load, Duration duration, Threshold... thresholds) {
        return new Flock(
                name,
                1000,
                StartBatches.one(),
                new Workload.CheckIn(PACE, 0.01),
                load,
                Optional.of(duration),
                new KernelMix(List.of(new KernelMix.Part(Samples.PLATFORM, 1))),
                List.of(thresholds));
    }

    /** The same, with a warm-up. */
    public static Flock warming(Flock flock, Duration warmUp) {
        return new Flock(
                flock.name(),
                flock.count(),
                flock.batches(),
                flock.work(),
                flock.load(),
                flock.duration(),
                warmUp,
                flock.kernels(),
                flock.thresholds());
    }

    public static Latency millis(long... values) {
        return micros(LongStream.of(values).map(it -> it * 1000));
    }

    public static Latency micros(LongStream values) {
        Histogram histogram = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);
        values.forEach(histogram::recordValue);
        return Latency.of(histogram);
    }

    public static StepStats step(Map<String, Long> errors, long... millis) {
        return new StepStats(millis.length, errors, Map.of(), millis(millis), millis(millis));
    }

    /** Seconds in which everything that was due was done at once. */
    public static List<SecondStats> slots(long... offered) {
        List<SecondStats> slots = new ArrayList<>();
        for (int second = 0; second < offered.length; second++) {
            slots.add(slot(second, offered[second], 0, offered[second]));
        }
        return slots;
    }

    /** A second at the end of which nothing of it was under way, if as many are over as were due and judged. */
    public static SecondStats slot(int second, long offered, long unjudged, long over) {
        return new SecondStats(second, 1000, offered, unjudged, over, offered, 0, 0, Latency.NONE, Latency.NONE);
    }

    public static RunStats figures(StepStats turn, List<SecondStats> slots) {
        return new RunStats("office", BEGIN, turn, Map.of(), slots, Map.of(), GeneratorStats.NONE);
    }

    public static GeneratorStats generator(double busiest, long... latenessMillis) {
        return new GeneratorStats(millis(latenessMillis), busiest, 0);
    }

    public static RunStats with(RunStats runStats, GeneratorStats generatorStats) {
        return runStats.with(generatorStats);
    }

    /**
     * Two minutes of load: 200 iterations a second after a ramp of 20 s, an outage of a second at 60 s with some failures, after which the
     * open load catches up, and a second unit from 80 s on.
     */
    public static RunStats eventful(String name) {
        return EVENTFUL.computeIfAbsent(name, Runs::createEventful);
    }

    private static RunStats createEventful(String name) {
        SplittableRandom dice = new SplittableRandom(7);
        List<SecondStats> slots = new ArrayList<>();
        for (int second = 0; second < 120; second++) {
            int offered = Math.min(200, 5 + second * 10);
            int done = second == 60 ? 20 : second == 61 ? 2 * offered - 20 : offered;
            int failed = second == 60 ? 6 : 0;
            long wait = second == 61 ? 900_000 : 0;
            long[] service = dice.longs(done - failed, 0, 1_000_000)
                    .map(it -> 2_000 + (long) (1_500 * -Math.log1p(-it / 1e6)))
                    .toArray();
            Latency response = micros(Arrays.stream(service).map(it -> it + (wait == 0 ? 0 : dice.nextLong(wait))));
            long refused = second == 61 ? 12 : 0;
            slots.add(new SecondStats(
                    second,
                    50L * offered,
                    offered,
                    0,
                    offered,
                    done,
                    failed,
                    refused,
                    response,
                    micros(LongStream.of(service))));
        }
        Latency response = slots.stream().map(SecondStats::response).reduce(Latency.NONE, Latency::plus);
        Latency service = slots.stream().map(SecondStats::service).reduce(Latency.NONE, Latency::plus);
        StepStats turn = new StepStats(
                response.count(), Map.of("timeout", 4L, "status 500", 2L), Map.of("503", 12L), response, service);
        StepStats enrol = step(Map.of(), 12, 14, 19, 25);
        return new RunStats(
                name,
                BEGIN,
                turn,
                Map.of("enrol", enrol, "check-in", turn),
                slots,
                Map.of("livepatch/0", 9_900L, "livepatch/1", 9_700L, "livepatch/2", 2_500L),
                generator(0.35, 0, 0, 1));
    }
}
