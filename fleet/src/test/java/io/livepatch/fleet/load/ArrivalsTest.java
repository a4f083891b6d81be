package io.livepatch.fleet.load;

import static io.livepatch.fleet.load.Flocks.SECOND;
import static io.livepatch.fleet.load.Flocks.constant;
import static io.livepatch.fleet.load.Flocks.open;
import static io.livepatch.fleet.load.Flocks.stage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.load.LoadModel.FlockShare;
import io.livepatch.fleet.load.OpenModel.Arrivals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
    private static List<Long> upTo(long end, Arrivals arrivals) {
        List<Long> moments = new ArrayList<>();
        for (; arrivals.next() < end; arrivals.advance()) {
            moments.add(arrivals.next());
        }
        return moments;
    }

    private static Arrivals arrivals(Load.Open load, double phase, long after, long seed) {
        return new Arrivals(load, phase, after, new SplittableRandom(seed));
    }

    private static List<Long> all(Load load, int count, int replicas, long end) {
        Flock flock = Flocks.of(count, Flocks.loop(Duration.ZERO), load, Optional.empty());
        return IntStream.range(0, replicas)
                .mapToObj(replica -> FlockShare.of(flock, FlockPartition.whole(replicas), replica))
                .flatMap(share -> upTo(end, arrivals((Load.Open) share.load(), share.phase(), -1, 1)).stream())
                .sorted()
                .toList();
    }

    @Test
    void constantArrivalsOfAllReplicasTogetherAreEven() {
        List<Long> moments = all(constant(400), 1000, 4, 10 * SECOND);

        assertThat(moments).hasSize(4000);
        for (int i = 1; i < moments.size(); i++) {
            assertThat(moments.get(i) - moments.get(i - 1)).isCloseTo(2_500_000L, within(10L));
        }
    }

    @Test
    void rateWithoutEvenDivisionKeepsItsSum() {
        assertThat(all(constant(0.997), 10, 3, 10_000 * SECOND)).hasSizeBetween(9969, 9971);
        assertThat(all(constant(0.001), 10, 3, 10_000 * SECOND)).hasSize(10);
    }

    @Test
    void rampHasAsManyArrivalsAsItsArea() {
        Load.Open ramp = open(Load.Arrivals.CONSTANT, stage(10, 0, 100), stage(10, 100, 0));

        List<Long> moments = upTo(LoadModel.NEVER, arrivals(ramp, 0.5, -1, 1));

        assertThat(moments).hasSize(1000).isSorted();
        assertThat(moments.stream().filter(moment -> moment < 5 * SECOND)).hasSize(125);
        assertThat(moments.stream().filter(moment -> moment < 10 * SECOND)).hasSize(500);
    }

    @Test
    void laterBeginYieldsOnlyLaterArrivals() {
        List<Long> whole = upTo(10 * SECOND, arrivals(constant(100), 0.5, -1, 1));

        for (long after : new long[] {-1, 0, 5_000_000, 5_000_001, 4_999_999, SECOND, 7 * SECOND + 12345}) {
            assertThat(upTo(10 * SECOND, arrivals(constant(100), 0.5, after, 1)))
                    .isEqualTo(whole.stream().filter(moment -> moment > after).toList());
        }
    }

    @Test
    void poissonArrivalsHaveTheMeanAndVarianceOfIndependentMachines() {
        int seconds = 10_000;
        List<Long> moments = upTo(seconds * SECOND, arrivals(open(Load.Arrivals.POISSON, stage(1, 50, 50)), 0, -1, 42));

        long[] perSecond = new long[seconds];
        moments.forEach(moment -> perSecond[(int) (moment / SECOND)]++);
        double mean = LongStream.of(perSecond).average().orElseThrow();
        double variance = LongStream.of(perSecond)
                .mapToDouble(count -> (count - mean) * (count - mean))
                .average()
                .orElseThrow();
        assertThat(moments).isSorted();
        assertThat(mean).isCloseTo(50, within(0.5));
        assertThat(variance).isCloseTo(50, within(4.0));
    }

    @Test
    void poissonArrivalsFollowARamp() {
        Load.Open ramp = open(Load.Arrivals.POISSON, stage(1000, 0, 100), stage(1000, 100, 0));

        List<Long> moments = upTo(LoadModel.NEVER, arrivals(ramp, 0, -1, 7));

        assertThat(moments).hasSizeBetween(98_500, 101_500);
        assertThat(moments.stream().filter(moment -> moment < 500 * SECOND)).hasSizeBetween(12_000, 13_000);
    }
}
