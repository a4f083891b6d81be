package io.livepatch.fleet.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LatencyTest {
    private final Histogram one = new Histogram(Latency.DIGITS);
    private final Histogram other = new Histogram(Latency.DIGITS);
    private final Histogram all = new Histogram(Latency.HIGHEST_MICROS, Latency.DIGITS);

    private void record(long... seeds) {
        for (long seed : seeds) {
            Random random = new Random(seed);
            for (int i = 0; i < 10_000; i++) {
                long micros = Math.min((long) Math.exp(random.nextDouble() * 22), Latency.HIGHEST_MICROS);
                (random.nextBoolean() ? one : other).recordValue(micros);
                all.recordValue(micros);
            }
        }
    }

    @Test
    void sumEqualsOneRecordingOfEverything() {
        record(1, 2, 3);

        assertThat(Latency.of(one).plus(Latency.of(other)))
                .isEqualTo(Latency.of(all))
                .hasSameHashCodeAs(Latency.of(all));
        assertThat(Latency.of(one)).isNotEqualTo(Latency.of(all));
        assertThat(Latency.of(all).plus(Latency.NONE)).isEqualTo(Latency.of(all));
        assertThat(Latency.NONE.plus(Latency.of(all))).isEqualTo(Latency.of(all));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, 50, 90, 99, 99.9, 99.99, 100})
    void percentilesEqualTheHistograms(double percent) {
        record(4);

        assertThat(Latency.of(all).percentile(percent))
                .isEqualTo(Duration.ofNanos(1000 * all.getValueAtPercentile(percent)));
    }

    @Test
    void countMaxAndMeanEqualTheHistograms() {
        record(5);

        assertThat(Latency.of(all).count()).isEqualTo(10_000);
        assertThat(Latency.of(all).max()).isEqualTo(Duration.ofNanos(1000 * all.getMaxValue()));
        assertThat(Latency.of(all).mean()).isEqualTo(Duration.ofNanos(1000 * Math.round(all.getMean())));
    }

    @Test
    void emptyLatencyIsZero() {
        assertThat(Latency.of(all)).isEqualTo(Latency.NONE);
        assertThat(Latency.NONE.text()).isEmpty();
        assertThat(Latency.NONE.percentile(99)).isZero();
        assertThat(Latency.NONE.max()).isZero();
        assertThat(Latency.NONE.mean()).isZero();
    }

    @Test
    void textRoundTripIsLossless() {
        record(6);

        assertThat(Latency.parse(Latency.of(all).text())).isEqualTo(Latency.of(all));
        assertThat(Latency.parse("")).isEqualTo(Latency.NONE);
        assertThatThrownBy(() -> Latency.parse("AAAA")).isInstanceOf(RuntimeException.class);
    }
}
