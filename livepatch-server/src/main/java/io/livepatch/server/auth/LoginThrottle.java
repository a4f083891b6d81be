package io.livepatch.server.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.config.Cidr;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import java.net.InetAddress;
import java.time.Duration;

/**
 * Slows down password guesses. After five failures a source (an address, or a /64 of IPv6) waits a second before its next attempt,
 * and twice as long after each further failure, up to 15 minutes. While a user's password is being guessed (ten failures from
 * any sources) a source waits after its first failure. Failures are forgotten 30 minutes after the last one.
 *
 * <p>No lock-out holds for a user: the first attempt of a source that has not failed is always checked, so the right password works
 * from another address than the attacker's. Attempts that are being checked count as failures, so parallel guesses gain nothing.
 * Thread-safe.
 */
final class LoginThrottle {
    static final int FREE_FAILURES = 5;
    static final int GUESSED_FROM = 10;
    static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    static final Duration LONGEST_DELAY = Duration.ofMinutes(15);
    static final Duration FORGOTTEN = Duration.ofMinutes(30);

    private static final int FREE_FAILURES_WHILE_GUESSED = 1;
    private static final int REMEMBERED_AT_MOST = 20_000;
    private static final int LONGEST_USER = 64;
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

    private final Metrics metrics;
    private final Ticker ticker;
    private final Cache<Cidr, History> sources;
    private final Cache<String, History> users;

    LoginThrottle(Metrics metrics, Ticker ticker) {
        this.metrics = metrics;
        this.ticker = ticker;
        this.sources = Caffeine.newBuilder()
                .maximumSize(REMEMBERED_AT_MOST)
                .expireAfterAccess(FORGOTTEN)
                .ticker(ticker)
                .build();
        this.users = Caffeine.newBuilder()
                .maximumSize(REMEMBERED_AT_MOST)
                .expireAfterAccess(FORGOTTEN)
                .ticker(ticker)
                .build();
    }

    /** Failures of one source, or as one user. Guarded by the throttle. */
    private static final class History {
        private int failures;
        private int pending;
        private long last;
        private long logged = Long.MIN_VALUE;

        void fail(long now) {
            failures++;
            last = now;
        }

        History forgetting(long now) {
            if (failures > 0 && now - last > FORGOTTEN.toNanos()) {
                failures = 0;
            }
            return this;
        }

        /** How long until the next attempt may be checked; zero if it may be now. */
        Duration wait(int free, long now) {
            if (failures + pending < free) {
                return Duration.ZERO;
            }
            if (pending > 0) {
                return FIRST_DELAY;
            }
            int doublings = Math.clamp(failures - FREE_FAILURES, 0, 20);
            long delay = Math.min(FIRST_DELAY.toNanos() << doublings, LONGEST_DELAY.toNanos());
            return Duration.ofNanos(Math.max(0, last + delay - now));
        }
    }

    /** An attempt that may be checked. Closed when it was; until then it counts as a failure. */
    final class Attempt implements AutoCloseable {
        private final History source;
        private final History user;

        private Attempt(History source, History user) {
            this.source = source;
            this.user = user;
        }

        void succeeded() {
            synchronized (LoginThrottle.this) {
                source.failures = 0;
            }
        }

        void failed() {
            metrics.refused(Refusal.LOGIN_CREDENTIALS);
            synchronized (LoginThrottle.this) {
                source.fail(ticker.read());
                user.fail(ticker.read());
            }
        }

        @Override
        public void close() {
            synchronized (LoginThrottle.this) {
                source.pending--;
            }
        }
    }

    /**
     * Begins an attempt.
     *
     * @throws ProblemException.TooManyRequests if the source has to wait
     */
    synchronized Attempt begin(InetAddress address, String name) {
        long now = ticker.read();
        History source =
                sources.get(Cidr.sourceBlock(address), _ -> new History()).forgetting(now);
        String user = name.substring(0, Math.min(name.length(), LONGEST_USER));
        History guesses = users.get(user, _ -> new History()).forgetting(now);
        boolean guessed = guesses.failures >= GUESSED_FROM;
        Duration wait = source.wait(guessed ? FREE_FAILURES_WHILE_GUESSED : FREE_FAILURES, now);
        if (wait.isPositive()) {
            boolean bySource = !guessed || source.wait(FREE_FAILURES, now).isPositive();
            throw refuse(source, bySource ? Refusal.LOGIN_SOURCE : Refusal.LOGIN_USER, wait, now);
        }
        source.pending++;
        return new Attempt(source, guesses);
    }

    private ProblemException refuse(History source, Refusal reason, Duration wait, long now) {
        metrics.refused(reason);
        // Guesses can come by the thousand; the metrics count them all.
        if (source.logged == Long.MIN_VALUE || now - source.logged > LOG_INTERVAL.toNanos()) {
            source.logged = now;
            SecurityLog.refused(
                    "authn_login_throttled:" + reason.label(),
                    "a log-in was refused unchecked, after " + source.failures + " failures of its source");
        }
        return new ProblemException.TooManyRequests(
                "too many log-ins from this address have failed; try again after the seconds in Retry-After", wait);
    }
}
