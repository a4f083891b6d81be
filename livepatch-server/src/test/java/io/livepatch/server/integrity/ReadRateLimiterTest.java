package io.livepatch.server.integrity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.storage.Patches;
import io.livepatch.storage.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ReadRateLimiterTest {
    private static final long MIB = 1 << 20;

    private long nanos;
    private boolean ends;

    private ReadRateLimiter limiter(long rate) {
        return new ReadRateLimiter(rate, () -> nanos, this::sleep);
    }

    private boolean sleep(Duration duration) {
        nanos += duration.toNanos();
        return !ends;
    }

    private Duration taken() {
        return Duration.ofNanos(nanos);
    }

    @Test
    void readingHasTheConfiguredRate() throws IOException {
        ReadRateLimiter limiter = limiter(MIB);

        try (InputStream bytes = limiter.limit(Patches.source(10 * MIB, 1))) {
            assertThat(Sha256.of(bytes)).isEqualTo(Patches.sha256(10 * MIB, 1));
        }

        assertThat(taken()).isBetween(Duration.ofMillis(9_900), Duration.ofMillis(10_100));
    }

    @Test
    void theRateHoldsOverManySmallPatches() throws IOException {
        ReadRateLimiter limiter = limiter(MIB);
        for (int n = 0; n < 64; n++) {
            try (InputStream bytes = limiter.limit(Patches.source(MIB / 16, n))) {
                bytes.readAllBytes();
            }
        }

        assertThat(taken()).isBetween(Duration.ofMillis(3_900), Duration.ofMillis(4_100));
    }

    @Test
    void unusedTimeIsNotSavedUp() throws IOException {
        ReadRateLimiter limiter = limiter(MIB);
        nanos += Duration.ofHours(1).toNanos();
        long before = nanos;

        try (InputStream bytes = limiter.limit(Patches.source(2 * MIB, 1))) {
            bytes.readAllBytes();
        }

        assertThat(Duration.ofNanos(nanos - before)).isGreaterThan(Duration.ofMillis(1_900));
    }

    @Test
    void lowRateCausesSmallReads() throws IOException {
        ReadRateLimiter limiter = limiter(10);

        try (InputStream bytes = limiter.limit(Patches.source(100, 1))) {
            assertThat(bytes.read(new byte[100])).isEqualTo(2);
            bytes.readAllBytes();
        }

        assertThat(taken()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10));
    }

    @Test
    void readFailsWhenReadingIsStopped() throws IOException {
        ReadRateLimiter limiter = limiter(MIB);
        try (InputStream bytes = limiter.limit(Patches.source(MIB, 1))) {
            ends = true;

            assertThatThrownBy(bytes::read).isInstanceOf(ReadRateLimiter.StoppedException.class);
        }
    }
}
