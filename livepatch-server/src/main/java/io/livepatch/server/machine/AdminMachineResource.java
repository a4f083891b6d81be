package io.livepatch.server.machine;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.auth.SecurityLog;
import io.livepatch.server.database.Database;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Enrolled machines, for operators: list, show, release, remove. Public because Jersey must see it. */
@Path("/v1/admin/machines")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class AdminMachineResource {
    private static final int MAX_FILTER_LENGTH = 200;

    private final MachineListDao dao;
    private final Duration takeoverAfter;

    /**
     * Reads nothing.
     *
     * @param takeoverAfter how long a release is valid
     */
    public AdminMachineResource(Database database, Duration takeoverAfter) {
        this.dao = database.dao(MachineListDao.class);
        this.takeoverAfter = takeoverAfter;
    }

    /** A page of machines. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Listing(List<Listed> machines, Optional<String> next) {}

    /**
     * A machine.
     *
     * @param enrolmentKey whether its client sent one
     * @param releasedAt present while any client may enrol it
     * @param releasedUntil when the release expires
     * @param duplicate whether boot times indicate that two machines report under this id
     * @param bootReversals how often the boot time went back, each time within 7 days of the last
     */
    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Listed(
            String id,
            String tier,
            String authToken,
            String kernel,
            String architecture,
            Optional<String> clientVersion,
            Instant enrolledAt,
            Optional<Instant> lastCheckIn,
            Optional<Instant> bootTime,
            Optional<String> patchVersion,
            Optional<String> patchState,
            boolean enrolmentKey,
            Optional<Instant> releasedAt,
            Optional<Instant> releasedUntil,
            boolean duplicate,
            int bootReversals,
            Optional<Instant> bootReversedAt) {
        static Listed of(MachineListDao.Row row, Duration takeoverAfter) {
            Optional<Instant> released = Optional.ofNullable(row.releasedAt())
                    .filter(at -> !at.isBefore(row.askedAt().minus(takeoverAfter)) && !at.isAfter(row.askedAt()));
            return new Listed(
                    row.id(),
                    row.tier(),
                    row.authToken(),
                    row.kernel(),
                    row.architecture(),
                    Optional.ofNullable(row.clientVersion()),
                    row.enrolledAt(),
                    Optional.ofNullable(row.lastCheckIn()),
                    Optional.ofNullable(row.bootTime()),
                    Optional.ofNullable(row.patchVersion()),
                    Optional.ofNullable(row.patchState()),
                    row.hasKey(),
                    released,
                    released.map(at -> at.plus(takeoverAfter)),
                    row.duplicate(),
                    row.bootReversals(),
                    Optional.ofNullable(row.bootReversedAt()));
        }
    }

    @GET
    public Listing list(
            @QueryParam("tier") @Nullable String tier,
            @QueryParam("kernel") @Nullable String kernel,
            @QueryParam("auth-token") @Nullable String authToken,
            @QueryParam("duplicate") @DefaultValue("") String duplicate,
            @QueryParam("after") @DefaultValue("") String after,
            @QueryParam("limit") @DefaultValue("") String limit) {
        int pageSize = RequestChecks.limit(limit);
        MachineListDao.Filter filter = new MachineListDao.Filter(
                bounded("tier", tier),
                bounded("kernel", kernel),
                bounded("auth-token", authToken),
                RequestChecks.flag("duplicate", duplicate));
        List<Listed> found =
                dao.list(filter, RequestChecks.bounded("after", after, MAX_FILTER_LENGTH), pageSize + 1).stream()
                        .map(row -> Listed.of(row, takeoverAfter))
                        .toList();
        return found.size() <= pageSize
                ? new Listing(found, Optional.empty())
                : new Listing(
                        found.subList(0, pageSize),
                        Optional.of(found.get(pageSize - 1).id()));
    }

    private static @Nullable String bounded(String field, @Nullable String value) {
        return value == null ? null : RequestChecks.bounded(field, value, MAX_FILTER_LENGTH);
    }

    @GET
    @Path("{id}")
    public Listed show(@PathParam("id") String id) {
        MachineId machine = new MachineId(id);
        return dao.find(machine.text())
                .map(row -> Listed.of(row, takeoverAfter))
                .orElseThrow(() -> unknown(machine));
    }

    /** Allows any client with an auth token to enrol the machine, for a while. Its machine token is valid until one does. */
    @POST
    @Path("{id}/release")
    public void release(@PathParam("id") String id) {
        MachineId machine = new MachineId(id);
        if (dao.release(machine.text()) == 0) {
            throw unknown(machine);
        }
        SecurityLog.done("machine_released:" + machine, "machine '" + machine + "' may be enrolled by another client");
    }

    /** Deletes a machine, its report and its token; the database notifies every unit. */
    @DELETE
    @Path("{id}")
    public void remove(@PathParam("id") String id) {
        MachineId machine = new MachineId(id);
        if (dao.remove(machine.text()) == 0) {
            throw unknown(machine);
        }
        SecurityLog.done("machine_removed:" + machine, "machine '" + machine + "' removed");
    }

    private static ProblemException unknown(MachineId machine) {
        return new ProblemException.NotFound("there is no machine '" + machine + "'");
    }

    /** Tables {@code machines} and {@code machine_reports}, for operators. */
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

        /** An absent condition matches all machines. */
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

        /** Returns 0 if there is no such machine; repeating it extends the release. */
        @SqlUpdate("update machines set released_at = now() where machine_id = :id")
        int release(String id);

        /** Returns 0 if there is no such machine. */
        @SqlUpdate("delete from machines where machine_id = :id")
        int remove(String id);
    }
}
