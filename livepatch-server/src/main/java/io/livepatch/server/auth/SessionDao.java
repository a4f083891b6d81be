package io.livepatch.server.auth;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

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
