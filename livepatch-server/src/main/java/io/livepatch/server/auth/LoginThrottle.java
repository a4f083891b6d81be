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
 * Slows down password guessing. After five failures a source (an address, or a /64 of IPv6) waits a second before its next attempt, and
 * twice as long after each further failure, up to 15 minutes. While a user is being guessed (ten failures from any sources) a source waits
 * after its first failure. Failures expire 30 minutes after the last one.
 *
 * <p>A user is never locked out: the first attempt of a source without failures is always checked, so the right password works from another
 * address than the attacker's. Attempts in progress count as failures, so parallel guesses gain nothing. Thread-safe.
 */
final class LoginThrottle {
    static final int FREE_FAILURES = 5;
    static final int GUESSING_THRESHOLD = 10;
    static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    static final Duration MAX_DELAY = Duration.ofMinutes(15);
    static final Duration EXPIRY = Duration.ofMinutes(30);

    private static final int FREE_FAILURES_WHILE_GUESSED = 1;
    private static final int MAX_CACHED = 20_000;
    private static final int MAX_USER_LENGTH = 64;
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

    private final Metrics metrics;
    private final Ticker ticker;
    private final Cache<Cidr, History> sources;
    private final Cache<String, History> users;

    LoginThrottle(Metrics metrics, Ticker ticker) {
        this.metrics = metrics;
        this.ticker = ticker;
        this.sources = Caffeine.newBuilder()
                .maximumSize(MAX_CACHED)
                .expireAfterAccess(EXPIRY)
                .ticker(ticker)
                .build();
        this.users = Caffeine.newBuilder()
                .maximumSize(MAX_CACHED)
                .expireAfterAccess(EXPIRY)
                .ticker(ticker)
                .build();
    }

    /** The failures of one source or user. Guarded by the throttle's lock. */
    private static final class History {
        private int failures;
        private int pending;
        private long last;
        private long logged = Long.MIN_VALUE;

        void fail(long now) {
            failures++;
            last = now;
        }

        History expireBefore(long now) {
            if (failures > 0 && now - last > EXPIRY.toNanos()) {
                failures = 0;
            }
            return this;
        }

        /** How long until the next attempt may be checked. */
        Duration wait(int free, long now) {
            if (failures + pending < free) {
                return Duration.ZERO;
            }
            if (pending > 0) {
                return FIRST_DELAY;
            }
            int doublings = Math.clamp(failures - FREE_FAILURES, 0, 20);
            long delay = Math.min(FIRST_DELAY.toNanos() << doublings, MAX_DELAY.toNanos());
            return Duration.ofNanos(Math.max(0, last + delay - now));
        }
    }

    /** An attempt in progress; counts as a failure until it is closed. */
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
     * Starts an attempt.
     *
     * @throws ProblemException.TooManyRequests if the source has to wait
     */
    synchronized Attempt begin(InetAddress address, String name) {
        long now = ticker.read();
        History source =
                sources.get(Cidr.sourceBlock(address), _ -> new History()).expireBefore(now);
        String user = name.substring(0, Math.min(name.length(), MAX_USER_LENGTH));
        History guesses = users.get(user, _ -> new History()).expireBefore(now);
        boolean guessed = guesses.failures >= GUESSING_THRESHOLD;
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
        // Guesses may be frequent; the metrics count them all.
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
