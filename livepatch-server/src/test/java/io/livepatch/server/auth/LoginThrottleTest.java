package io.livepatch.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.Refusals;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LoginThrottleTest {
    private static final InetAddress ATTACKER = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress ADMIN = InetAddress.ofLiteral("192.0.2.2");

    private final AtomicLong now = new AtomicLong();
    private final Metrics metrics = new Metrics();
    private final LoginThrottle throttle = new LoginThrottle(metrics, (Ticker) now::get);

    private void fail(InetAddress source, String user) {
        try (LoginThrottle.Attempt attempt = throttle.begin(source, user)) {
            attempt.failed();
        }
    }

    private void fail(InetAddress source, int times) {
        for (int n = 0; n < times; n++) {
            fail(source, "ann");
        }
    }

    /** How long the source has to wait, in seconds; 0 if it may try now. */
    private long wait(InetAddress source) {
        try (LoginThrottle.Attempt _ = throttle.begin(source, "ann")) {
            return 0;
        } catch (ProblemException.TooManyRequests e) {
            return e.retryAfter().orElseThrow().toSeconds();
        }
    }

    @Test
    void aSourceWaitsTwiceAsLongAfterEachFailure() {
        fail(ATTACKER, LoginThrottle.FREE_FAILURES);
        for (long expected : new long[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
            assertThat(wait(ATTACKER)).isEqualTo(expected);
            now.addAndGet(Duration.ofSeconds(expected).toNanos());
            fail(ATTACKER, 1);
        }
        assertThat(Refusals.of(metrics, Refusal.LOGIN_CREDENTIALS)).isEqualTo(LoginThrottle.FREE_FAILURES + 12);
        assertThat(Refusals.of(metrics, Refusal.LOGIN_SOURCE)).isPositive();
    }

    @Test
    void failuresExpire() {
        fail(ATTACKER, LoginThrottle.FREE_FAILURES);
        assertThat(wait(ATTACKER)).isPositive();

        now.addAndGet(LoginThrottle.EXPIRY.plusSeconds(1).toNanos());

        fail(ATTACKER, LoginThrottle.FREE_FAILURES - 1);
        assertThat(wait(ATTACKER)).isZero();
    }

    @Test
    void aRightPasswordClearsItsSource() {
        fail(ADMIN, LoginThrottle.FREE_FAILURES - 1);
        try (LoginThrottle.Attempt attempt = throttle.begin(ADMIN, "ann")) {
            attempt.succeeded();
        }
        fail(ADMIN, LoginThrottle.FREE_FAILURES - 1);
        assertThat(wait(ADMIN)).isZero();
    }

    @Test
    void anAttackerDoesNotLockTheUserOut() {
        for (int n = 0; n < 200; n++) {
            fail(InetAddress.ofLiteral("198.51.100." + n), "ann");
        }
        assertThat(wait(ADMIN)).isZero();
    }

    @Test
    void whileAUserIsGuessedASourceWaitsAfterItsFirstFailure() {
        for (int n = 0; n < LoginThrottle.GUESSING_THRESHOLD; n++) {
            fail(InetAddress.ofLiteral("198.51.100." + n), "ann");
        }
        fail(ATTACKER, 1);

        assertThat(wait(ATTACKER)).isEqualTo(1);
        assertThat(Refusals.of(metrics, Refusal.LOGIN_USER)).isEqualTo(1);
        // As another user it has its five failures.
        fail(ATTACKER, "bob");
    }

    @Test
    void parallelAttemptsCountAsFailures() {
        for (int n = 0; n < LoginThrottle.FREE_FAILURES; n++) {
            assertThat(Optional.of(throttle.begin(ATTACKER, "ann"))).isPresent();
        }
        assertThatThrownBy(() -> throttle.begin(ATTACKER, "ann")).isInstanceOf(ProblemException.TooManyRequests.class);
        assertThat(wait(ADMIN)).isZero();
    }

    @Test
    void addressesOfOneIpv6NetworkAreOneSource() {
        for (int n = 1; n <= LoginThrottle.FREE_FAILURES; n++) {
            fail(InetAddress.ofLiteral("2001:db8:0:7::" + n), 1);
        }
        assertThat(wait(InetAddress.ofLiteral("2001:db8:0:7::ffff"))).isPositive();
        assertThat(wait(InetAddress.ofLiteral("2001:db8:0:8::1"))).isZero();
    }
}
