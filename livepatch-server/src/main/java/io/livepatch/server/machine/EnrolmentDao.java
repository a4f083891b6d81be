package io.livepatch.server.machine;

import io.livepatch.server.database.Database;
import io.livepatch.server.database.HotQuery;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Enrols machines in table {@code machines}. */
@FunctionalInterface
interface EnrolmentDao {

    /**
     * An enrolment with the tokens that may result from it. Bytes are hexadecimal digits.
     *
     * @param sharedTokenHash of the machine token, if the auth token is for shared images
     * @param ownTokenHash of the machine token, if not
     * @param keyHash of the client's enrolment key; null if it sent none
     * @param takeoverAfter how long a machine must be silent before another client may enrol it
     * @param renew whether the client that enrolled the machine gets a new token, too
     */
    record Request(
            String machineId,
            String authTokenHash,
            String tokenNonce,
            String sharedTokenHash,
            String ownTokenHash,
            @Nullable String keyHash,
            String kernel,
            String architecture,
            Duration takeoverAfter,
            boolean renew) {
        Request renewing() {
            return new Request(
                    machineId,
                    authTokenHash,
                    tokenNonce,
                    sharedTokenHash,
                    ownTokenHash,
                    keyHash,
                    kernel,
                    architecture,
                    takeoverAfter,
                    true);
        }
    }

    /**
     * The enrolled machine.
     *
     * @param tokenNonce that of the request, unless the machine keeps its token
     * @param authToken the id of the auth token
     * @param shared whether the auth token is for shared images
     * @param known whether the machine was enrolled before
     * @param tokenHash of its machine token
     */
    record EnrolledRow(
            String tokenNonce, String tier, String authToken, boolean shared, boolean known, String tokenHash) {}

    /** The machine is released, and the release has not expired. A release in the future (the clock was set back) does not count. */
    String RELEASED = """
            coalesce(m.released_at between now() - (select silence from given) and now(), false)""";

    /** Enrolled by the same client: the machine keeps its token. */
    String SAME = """
            (not %s and m.auth_token_id = excluded.auth_token_id
              and ((select shared_images from auth) or m.key_hash = excluded.key_hash) is true)""".formatted(RELEASED);

    String SQL = """
            with auth as (
              select a.auth_token_id, a.tier_id, a.label, a.shared_images, t.name as tier
              from auth_tokens a join tiers t using (tier_id)
              where a.token_hash = decode(?, 'hex') and a.revoked_at is null
              for share of a
            ), given as (
              select ?::text as machine_id, decode(?, 'hex') as nonce, decode(?, 'hex') as shared_hash, decode(?, 'hex') as own_hash,
                     decode(?::text, 'hex') as key_hash, ?::text as kernel, ?::text as architecture, make_interval(secs => ?) as silence,
                     ?::boolean as renew
            )
            insert into machines as m
              (machine_id, token_hash, token_nonce, key_hash, auth_token_id, tier_id, kernel, architecture, enrolled_at)
            select machine_id, case when shared_images then shared_hash else own_hash end, nonce,
                   case when shared_images then null else key_hash end, auth_token_id, tier_id, kernel, architecture, now()
            from auth, given
            on conflict (machine_id) do update set
              token_hash = case when %1$s and not (select renew from given) then m.token_hash else excluded.token_hash end,
              token_nonce = case when %1$s and not (select renew from given) then m.token_nonce else excluded.token_nonce end,
              enrolled_at = case when %1$s and not (select renew from given) then m.enrolled_at else excluded.enrolled_at end,
              released_at = null,
              key_hash = excluded.key_hash,
              auth_token_id = excluded.auth_token_id,
              tier_id = excluded.tier_id,
              kernel = excluded.kernel,
              architecture = excluded.architecture
            where %1$s
              or m.auth_token_id = excluded.auth_token_id and m.key_hash is null
              or %2$s
              or greatest(m.enrolled_at, (select r.seen_at from machine_reports r where r.machine_id = m.machine_id))
                 <= now() - (select silence from given)
            returning encode(token_nonce, 'hex'), (select tier from auth), (select label from auth),
              (select shared_images from auth), exists (select from machines old where old.machine_id = m.machine_id),
              encode(token_hash, 'hex')
            """.formatted(SAME, RELEASED);

    /**
     * Enrols a machine that is new, or that this client may enrol again:
     *
     * <ul>
     *   <li>the client that enrolled it (same auth token, same key): it keeps its token
     *   <li>any client with its auth token, if that is for shared images: the same
     *   <li>any client with its auth token, if the machine has no key: it gets a new token
     *   <li>any client, if the machine is released, or was neither enrolled nor checked in for {@code takeoverAfter}: it gets a new token
     * </ul>
     *
     * Empty for every other client, and if the auth token is unknown or revoked. Concurrent enrolments of a machine wait for the first
     * one's row lock and are decided by its row. All times are the database's.
     */
    Optional<EnrolledRow> enrol(Request request);

    static EnrolmentDao on(Database database) {
        HotQuery<Request, EnrolledRow> query = database.hot(
                SQL,
                EnrolmentDao::set,
                row -> new EnrolledRow(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getBoolean(4),
                        row.getBoolean(5),
                        row.getString(6)));
        return request -> query.run(request).stream().findFirst();
    }

    private static void set(PreparedStatement statement, Request request) throws SQLException {
        statement.setString(1, request.authTokenHash());
        statement.setString(2, request.machineId());
        statement.setString(3, request.tokenNonce());
        statement.setString(4, request.sharedTokenHash());
        statement.setString(5, request.ownTokenHash());
        statement.setString(6, request.keyHash());
        statement.setString(7, request.kernel());
        statement.setString(8, request.architecture());
        statement.setDouble(9, request.takeoverAfter().toMillis() / 1e3);
        statement.setBoolean(10, request.renew());
    }
}
