package io.livepatch.server.machine;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.HotQuery;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;

/** Table {@code machines}, as far as one comes into it. */
@FunctionalInterface
interface EnrolmentDao {

    /** Who wants to enrol, and the token it gets if it is new to this auth token. Bytes are hexadecimal digits. */
    record Wish(
            String machineId,
            String authTokenHash,
            String tokenNonce,
            String tokenHash,
            String kernel,
            String architecture,
            Instant now) {}

    /** What its token is made from, now that it is enrolled. */
    record EnrolledRow(String tokenNonce, String tier) {}

    String SQL = """
            with auth as (
              select a.auth_token_id, a.tier_id, t.name
              from auth_tokens a join tiers t using (tier_id)
              where a.token_hash = decode(?, 'hex') and a.revoked_at is null
            )
            insert into machines as m
              (machine_id, token_hash, token_nonce, auth_token_id, tier_id, kernel, architecture, enrolled_at)
            select ?, decode(?, 'hex'), decode(?, 'hex'), auth_token_id, tier_id, ?, ?, ?
            from auth
            on conflict (machine_id) do update set
              token_hash = case when m.auth_token_id = excluded.auth_token_id then m.token_hash else excluded.token_hash end,
              token_nonce = case when m.auth_token_id = excluded.auth_token_id then m.token_nonce else excluded.token_nonce end,
              enrolled_at = case when m.auth_token_id = excluded.auth_token_id then m.enrolled_at else excluded.enrolled_at end,
              auth_token_id = excluded.auth_token_id,
              tier_id = excluded.tier_id,
              kernel = excluded.kernel,
              architecture = excluded.architecture
            returning encode(token_nonce, 'hex') as token_nonce, (select name from auth) as tier
            """;

    /**
     * Enrols a machine, again and again if need be: with the same auth token its nonce stays, and with it its token. Of those
     * who enrol the same machine at once, all but one wait for that one's row and then find its nonce. Answers nothing if
     * the auth token is unknown or revoked.
     */
    Optional<EnrolledRow> enrol(Wish wish);

    /** On this database. */
    static EnrolmentDao on(Database database) {
        HotQuery<Wish, EnrolledRow> query =
                database.hot(SQL, EnrolmentDao::set, row -> new EnrolledRow(row.getString(1), row.getString(2)));
        return wish -> query.run(wish).stream().findFirst();
    }

    private static void set(PreparedStatement statement, Wish wish) throws SQLException {
        statement.setString(1, wish.authTokenHash());
        statement.setString(2, wish.machineId());
        statement.setString(3, wish.tokenHash());
        statement.setString(4, wish.tokenNonce());
        statement.setString(5, wish.kernel());
        statement.setString(6, wish.architecture());
        statement.setObject(7, wish.now().atOffset(ZoneOffset.UTC));
    }
}
