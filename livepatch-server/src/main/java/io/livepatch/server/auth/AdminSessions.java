package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.database.Database;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The sessions of administrators. A session token is random and returned once; the database stores its SHA-256, so it is valid on every
 * unit, and each request reads it, so a log-out takes effect everywhere at once. A session also ends with the password that it was started
 * with: a unit accepts only sessions of its own lines in {@code auth.basic.users}, and deletes all others when it starts. Thread-safe.
 */
public final class AdminSessions {
    /** As in Canonical's server. */
    static final Duration LIFETIME = Duration.ofDays(10);

    private static final String BEARER = "Bearer ";
    private static final int TOKEN_BYTES = 32;
    /** 32 bytes in base64url without padding. */
    private static final int TOKEN_LENGTH = 43;

    private final BasicUsers users;
    private final SessionDao dao;
    private final Metrics metrics;
    private final LoginThrottle throttle;
    private final TokenLookups lookups;
    private final SecureRandom random = new SecureRandom();
    private volatile boolean outdatedEnded;

    public AdminSessions(BasicUsers users, Database database, Metrics metrics) {
        this.users = users;
        this.dao = database.dao(SessionDao.class);
        this.metrics = metrics;
        this.throttle = new LoginThrottle(metrics, Ticker.systemTicker());
        this.lookups = new TokenLookups(metrics);
    }

    /** A new session: the only record of its token. */
    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Session(String token, Instant expiresAt) {
        @Override
        public String toString() {
            return "Session[until " + expiresAt + "]";
        }
    }

    /**
     * Starts a session. Computes a bcrypt hash, so it runs on threads of its own.
     *
     * @throws ProblemException.Unauthorized if the password is wrong
     * @throws ProblemException.TooManyRequests if the source of the request failed too often
     * @throws ProblemException.Unavailable if too many passwords are being checked
     */
    Session logIn(String username, String password) {
        checkPassword(username, password);
        byte[] bytes = new byte[TOKEN_BYTES];
        random.nextBytes(bytes);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        dao.deleteExpired();
        Sha256 credential = users.credential(username)
                .orElseThrow(() -> new IllegalStateException("user '" + username + "' has a password and is unknown"));
        Instant expiresAt = dao.insert(hash(token).bytes(), username, credential.bytes(), LIFETIME.toSeconds());
        SecurityLog.done("authn_login_success:" + username, username, "user '" + username + "' logged in");
        return new Session(token, expiresAt);
    }

    private void checkPassword(String username, String password) {
        try (LoginThrottle.Attempt attempt =
                throttle.begin(RequestOrigin.current().source(), username)) {
            if (!users.accepts(username, password)) {
                attempt.failed();
                throw new ProblemException.Unauthorized(
                        "user or password is wrong; users are in the configuration key auth.basic.users",
                        "Basic realm=\"livepatch\", charset=\"UTF-8\"");
            }
            attempt.succeeded();
        } catch (ProblemException.Unavailable e) {
            metrics.refused(Refusal.LOGIN_CONCURRENCY);
            throw e;
        }
    }

    /**
     * Checks the form of the session token in a header {@code Authorization}, without the database.
     *
     * @throws ProblemException.Unauthorized if it is malformed or absent
     */
    public void requireToken(Optional<String> header) {
        token(header);
    }

    /**
     * The user of the session whose token is in a header {@code Authorization}. May wait for the database.
     *
     * @throws ProblemException.Unauthorized if the token is unknown or expired
     * @throws ProblemException.Unavailable if too many unknown tokens are being looked up
     */
    public String user(Optional<String> header) {
        Sha256 hash = hash(token(header));
        SessionDao.Row row =
                lookups.find(hash, () -> dao.find(hash.bytes())).orElseThrow(() -> refuse("unknown_or_expired"));
        Sha256 credential = users.credential(row.username()).orElseThrow(() -> refuse("user_removed"));
        if (row.credential() == null) {
            throw refuse("made_by_an_older_program");
        }
        if (!row.credential().equals(credential.hex())) {
            throw refuse("password_changed");
        }
        return row.username();
    }

    /**
     * Ends the session of the token in a header {@code Authorization}, on all units. Idempotent.
     *
     * @throws ProblemException.Unauthorized if the token is malformed or absent
     * @throws ProblemException.Unavailable if too many unknown tokens are being looked up
     */
    void logOut(Optional<String> header) {
        Sha256 hash = hash(token(header));
        lookups.find(hash, () -> dao.find(hash.bytes())).ifPresent(row -> {
            dao.delete(hash.bytes());
            SecurityLog.done(
                    "authn_logout:" + row.username(), row.username(), "user '" + row.username() + "' logged out");
        });
    }

    /**
     * Ends the sessions that were started with other passwords than those of this unit, or by other users. Runs once; call it until it
     * succeeds. Throws JDBI's exception while the database is unavailable.
     */
    public void endOutdated() {
        if (outdatedEnded) {
            return;
        }
        SortedMap<String, Sha256> credentials = users.credentials();
        String[] names = credentials.keySet().toArray(String[]::new);
        String[] hashes = credentials.values().stream().map(Sha256::hex).toArray(String[]::new);
        List<String> ended = dao.deleteOthers(names, hashes);
        outdatedEnded = true;
        Map<String, Long> sessions =
                ended.stream().collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
        sessions.forEach((user, count) -> SecurityLog.done(
                "authn_sessions_ended:" + user,
                user,
                count + (count == 1 ? " session" : " sessions") + " of user '" + user + "' ended: "
                        + (credentials.containsKey(user) ? "the password was changed" : "the user was removed")
                        + " in auth.basic.users"));
    }

    private String token(Optional<String> header) {
        String value = header.orElse("");
        if (!value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            metrics.refused(Refusal.SESSION_TOKEN);
            throw new ProblemException.Unauthorized(
                    "the admin API needs 'Authorization: Bearer <session token>'; log in with 'livepatch-admin login'");
        }
        String token = value.substring(BEARER.length()).strip();
        if (token.length() != TOKEN_LENGTH) {
            throw refuse("malformed");
        }
        return token;
    }

    private ProblemException refuse(String reason) {
        metrics.refused(Refusal.SESSION_TOKEN);
        SecurityLog.refused("session_authn_failed:" + reason, "a request to the admin API was refused");
        return new ProblemException.Unauthorized(
                "the session token is unknown or has expired; log in with 'livepatch-admin login'");
    }

    private static Sha256 hash(String token) {
        return Sha256.of(token.getBytes(UTF_8));
    }

    /** Table {@code admin_sessions}. All times are the database's, since the clocks of units differ. */
    interface SessionDao {

        /**
         * An admin session.
         *
         * @param credential SHA-256 (hex) of the user's line in {@code auth.basic.users} at log-in; null for a session of a release before
         *     this column
         */
        record Row(String username, @Nullable String credential) {}

        /** Returns the end of the session, in whole seconds. */
        @SqlQuery("""
                insert into admin_sessions (token_hash, username, credential, created_at, expires_at)
                values (:tokenHash, :username, :credential, now(), date_trunc('second', now() + make_interval(secs => :seconds)))
                returning expires_at
                """)
        Instant insert(byte[] tokenHash, String username, byte[] credential, long seconds);

        /** A session that has not expired. */
        @SqlQuery("""
                select username, encode(credential, 'hex') as credential
                from admin_sessions where token_hash = :tokenHash and expires_at > now()
                """)
        @RegisterConstructorMapper(Row.class)
        Optional<Row> find(byte[] tokenHash);

        @SqlUpdate("delete from admin_sessions where expires_at <= now()")
        int deleteExpired();

        @SqlUpdate("delete from admin_sessions where token_hash = :tokenHash")
        int delete(byte[] tokenHash);

        /**
         * Deletes all sessions that were started with other passwords, or by other users, and returns the user of each. Those without a
         * credential stay until they expire: during a rolling upgrade they are valid at units of the release before, and nowhere else.
         */
        @SqlQuery("""
                delete from admin_sessions s
                where s.credential is not null and not exists (
                  select from unnest(:usernames, :credentials) as known (username, credential)
                  where known.username = s.username and decode(known.credential, 'hex') = s.credential)
                returning username
                """)
        List<String> deleteOthers(String[] usernames, String[] credentials);
    }
}
