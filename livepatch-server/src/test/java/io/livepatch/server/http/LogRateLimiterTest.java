package io.livepatch.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.http.Problem.LogRateLimiter;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LogRateLimiterTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10);
    private final LogRateLimiter logRateLimiter = new LogRateLimiter(Duration.ofNanos(100), now::get);

    @Test
    void oneEventPassesAPeriodAndReportsTheSuppressedOnes() {
        assertThat(logRateLimiter.pass()).isEqualTo(OptionalLong.of(0));
        assertThat(logRateLimiter.pass()).isEmpty();
        now.addAndGet(99);
        assertThat(logRateLimiter.pass()).isEmpty();

        now.addAndGet(1);
        assertThat(logRateLimiter.pass()).isEqualTo(OptionalLong.of(2));
        assertThat(logRateLimiter.pass()).isEmpty();

        now.addAndGet(1000);
        assertThat(logRateLimiter.pass()).isEqualTo(OptionalLong.of(1));
    }
}
