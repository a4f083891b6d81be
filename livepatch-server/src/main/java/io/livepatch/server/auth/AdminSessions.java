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
 * The sessions of administrators. A session is a random token that is given out once; only its SHA-256 is kept, in the database, so
 * it holds on every unit. Each request asks the database whether it still holds: a session that was ended, at any unit, ends at
 * once everywhere. It also ends with the password that it was made with: a unit takes only sessions of its own lines in
 * {@code auth.basic.users}, and deletes all others when it starts. Thread-safe.
 */
public final class AdminSessions {
    /** How long a log-in lasts, as in Canonical's server. */
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
    private volatile boolean settled;

    public AdminSessions(BasicUsers users, Database database, Metrics metrics) {
        this.users = users;
        this.dao = database.dao(SessionDao.class);
        this.metrics = metrics;
        this.throttle = new LoginThrottle(metrics, Ticker.systemTicker());
        this.lookups = new TokenLookups(metrics);
    }

    /** A session that has just begun; the only place where its token can be read. */
    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Session(String token, Instant expiresAt) {
        @Override
        public String toString() {
            return "Session[until " + expiresAt + "]";
        }
    }

    /**
     * Begins a session. Takes the time of a bcrypt hash, so it runs on threads of its own.
     *
     * @throws ProblemException.Unauthorized if that is not the user's password
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
     * Checks that a header {@code Authorization} holds something of the form of a session token. Asks no database.
     *
     * @throws ProblemException.Unauthorized if it does not
     */
    public void requireToken(Optional<String> header) {
        token(header);
    }

    /**
     * Whose session the token in a header {@code Authorization} is. May wait for the database.
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
     * Ends the session of the token in a header {@code Authorization}, on all units. Once more changes nothing.
     *
     * @throws ProblemException.Unauthorized if that is nothing of the form of a session token
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
     * Ends the sessions that were made with passwords other than those of this unit, or by users that it does not have: once, however
     * often it is called. Throws what JDBI throws while the database is away; call it until it succeeds.
     */
    public void endOutdated() {
        if (settled) {
            return;
        }
        SortedMap<String, Sha256> credentials = users.credentials();
        String[] names = credentials.keySet().toArray(String[]::new);
        // The values of a sorted map come in the order of its keys.
        String[] hashes = credentials.values().stream().map(Sha256::hex).toArray(String[]::new);
        List<String> ended = dao.deleteOthers(names, hashes);
        settled = true;
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

    /** Table {@code admin_sessions}. All times are the database's: a unit's clock must not end, or keep, the sessions of others. */
    interface SessionDao {

        /**
         * An admin session.
         *
         * @param credential SHA-256 (hex) of the user's line in {@code auth.basic.users} then; null for a session that a program from
         *     before this column made: nothing tells with which password
         */
        record Row(String username, @Nullable String credential) {}

        /** Answers when the session ends, in whole seconds. */
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
         * Ends all sessions that were made with other passwords than these, or by other users, and answers the user of each. Those without a credential stay until they
         * expire: during a rolling upgrade they hold at units of the release before, and nowhere else.
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
