package io.livepatch.server.auth;

import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** Table {@code admin_sessions}. */
interface SessionDao {

    /** Who logged in, and until when that holds. */
    record Row(String username, Instant expiresAt) {}

    @SqlUpdate("""
            insert into admin_sessions (token_hash, username, created_at, expires_at)
            values (:tokenHash, :username, :createdAt, :expiresAt)
            """)
    void insert(byte[] tokenHash, String username, Instant createdAt, Instant expiresAt);

    @SqlQuery("select username, expires_at from admin_sessions where token_hash = :tokenHash")
    @RegisterConstructorMapper(Row.class)
    Optional<Row> find(byte[] tokenHash);

    @SqlUpdate("delete from admin_sessions where expires_at <= :now")
    int deleteExpired(Instant now);
}
