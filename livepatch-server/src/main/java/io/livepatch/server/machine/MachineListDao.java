package io.livepatch.server.machine;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** Table {@code machines} with what machines reported, as operators see it. */
interface MachineListDao {
    String COLUMNS = """
            select now() as asked_at, m.machine_id as id, t.name as tier, a.label as auth_token, coalesce(r.kernel, m.kernel) as kernel,
                   coalesce(r.architecture, m.architecture) as architecture, r.client_version, m.enrolled_at,
                   r.seen_at as last_check_in, r.boot_time, r.patch_version, r.patch_state, m.key_hash is not null as has_key,
                   m.released_at, coalesce(r.boot_reversals, 0) as boot_reversals, r.boot_reversed_at,
                   duplicate
            from machines m join tiers t using (tier_id) join auth_tokens a using (auth_token_id)
              left join machine_reports r using (machine_id)
              cross join lateral (
                select coalesce(r.boot_reversals > 1 and r.boot_reversed_at > now() - interval '7 days', false) as duplicate
              ) shown
            """;

    /** A machine. */
    record Row(
            Instant askedAt,
            String id,
            String tier,
            String authToken,
            String kernel,
            String architecture,
            @Nullable String clientVersion,
            Instant enrolledAt,
            @Nullable Instant lastCheckIn,
            @Nullable Instant bootTime,
            @Nullable String patchVersion,
            @Nullable String patchState,
            boolean hasKey,
            @Nullable Instant releasedAt,
            int bootReversals,
            @Nullable Instant bootReversedAt,
            boolean duplicate) {}

    /** Which machines to list; what is absent does not narrow. */
    record Filter(
            @Nullable String tier,
            @Nullable String kernel,
            @Nullable String authToken,
            boolean duplicate) {}

    @SqlQuery(COLUMNS + """
            where m.machine_id > :after
              and (:tier::text is null or t.name = :tier)
              and (:kernel::text is null or coalesce(r.kernel, m.kernel) = :kernel)
              and (:authToken::text is null or a.label = :authToken)
              and (not :duplicate or shown.duplicate)
            order by m.machine_id limit :limit
            """)
    @RegisterConstructorMapper(Row.class)
    List<Row> list(@BindMethods Filter filter, String after, int limit);

    @SqlQuery(COLUMNS + "where m.machine_id = :id")
    @RegisterConstructorMapper(Row.class)
    Optional<Row> find(String id);

    /** Answers 0 if there is no such machine; a second release begins anew. */
    @SqlUpdate("update machines set released_at = now() where machine_id = :id")
    int release(String id);

    /** Answers 0 if there is no such machine. */
    @SqlUpdate("delete from machines where machine_id = :id")
    int remove(String id);
}
