package io.livepatch.fleet.flock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.livepatch.fleet.flock.Load.Arrivals;
import io.livepatch.fleet.flock.Load.Stage;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ArrivalCurveTest {

    private static ArrivalCurve plan(Stage... stages) {
        return ArrivalCurve.of(new Load.Open(Arrivals.CONSTANT, Arrays.asList(stages)));
    }

    private static Stage stage(int seconds, long from, long to) {
        return new Stage(Duration.ofSeconds(seconds), new Rate(from * 1000), new Rate(to * 1000));
    }

    @Test
    void constantRateHoldsForever() {
        ArrivalCurve arrivalCurve = plan(stage(10, 100, 100));
        assertThat(arrivalCurve.iterations(Duration.ZERO)).isZero();
        assertThat(arrivalCurve.iterations(Duration.ofMillis(2500))).isEqualTo(250);
        assertThat(arrivalCurve.iterations(Duration.ofHours(1))).isEqualTo(360_000);
        assertThat(arrivalCurve.moment(0)).isEqualTo(Duration.ZERO);
        assertThat(arrivalCurve.moment(1)).isEqualTo(Duration.ofMillis(10));
        assertThat(arrivalCurve.moment(360_000)).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void rampIsATriangle() {
        ArrivalCurve arrivalCurve = plan(stage(10, 0, 100), stage(10, 100, 0));
        assertThat(arrivalCurve.iterations(Duration.ofSeconds(5))).isEqualTo(125);
        assertThat(arrivalCurve.iterations(Duration.ofSeconds(10))).isEqualTo(500);
        assertThat(arrivalCurve.iterations(Duration.ofSeconds(15))).isEqualTo(875);
        assertThat(arrivalCurve.iterations(Duration.ofHours(1))).isEqualTo(1000);
        assertThat(arrivalCurve.moment(125)).isEqualTo(Duration.ofSeconds(5));
        assertThat(arrivalCurve.moment(875)).isEqualTo(Duration.ofSeconds(15));
        assertThat(arrivalCurve.moment(1000)).isEqualTo(Duration.ofSeconds(20));
        assertThat(arrivalCurve.moment(1000.5)).isEqualTo(ArrivalCurve.NEVER);
        assertThat(arrivalCurve.rate(Duration.ofMillis(2500))).isEqualTo(25);
        assertThat(arrivalCurve.rate(Duration.ofSeconds(10))).isEqualTo(100);
        assertThat(arrivalCurve.rate(Duration.ofSeconds(99))).isZero();
    }

    @Test
    void nothingIsDueInAPause() {
        ArrivalCurve arrivalCurve = plan(stage(10, 5, 5), stage(60, 0, 0), stage(10, 1, 1));
        assertThat(arrivalCurve.iterations(Duration.ofSeconds(70))).isEqualTo(50);
        assertThat(arrivalCurve.moment(50)).isEqualTo(Duration.ofSeconds(10));
        assertThat(arrivalCurve.moment(51)).isEqualTo(Duration.ofSeconds(71));
    }

    @Test
    void momentIsTheInverseOfIterations() {
        Random random = new Random(7);
        for (int run = 0; run < 200; run++) {
            List<Stage> stages = IntStream.rangeClosed(0, random.nextInt(4))
                    .mapToObj(_ -> stage(1 + random.nextInt(600), random.nextInt(2000), 1 + random.nextInt(2000)))
                    .toList();
            ArrivalCurve arrivalCurve = plan(stages.toArray(Stage[]::new));
            for (int i = 0; i < 50; i++) {
                double turns = random.nextDouble(2_000_000);
                assertThat(arrivalCurve.iterations(arrivalCurve.moment(turns)))
                        .as("%s at %s", stages, turns)
                        .isCloseTo(turns, within(0.001));
            }
        }
    }

    @Test
    void iterationsAreTheIntegralOfTheRate() {
        ArrivalCurve arrivalCurve = plan(stage(3, 10, 70), stage(2, 70, 70), stage(4, 30, 0));
        double sum = 0;
        for (int milli = 0; milli < 12_000; milli++) {
            sum += arrivalCurve.rate(Duration.ofNanos(milli * 1_000_000L + 500_000)) / 1000;
            assertThat(arrivalCurve.iterations(Duration.ofMillis(milli + 1))).isCloseTo(sum, within(1e-6));
        }
    }
}
