package io.livepatch.server.storage;

import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.care.Verification;
import io.livepatch.server.moving.Migration;
import io.livepatch.server.moving.Move;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.server.unit.AdminChangeFilter.AdminChange;
import io.livepatch.storage.StoreType;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Stores over HTTP. Long work comes in steps of a few seconds, each asked for by itself. Public because Jersey must see it. */
@Path("/v1/admin/storage")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class StorageResource {
    /** Long enough that what a step costs besides its work does not matter, short enough to see that it goes on. */
    private static final Duration BUDGET = Duration.ofSeconds(2);

    private final StorageReport report;
    private final Verification verification;
    private final Migration migration;

    public StorageResource(StorageReport report, Verification verification, Migration migration) {
        this.report = report;
        this.verification = verification;
        this.migration = migration;
    }

    /** After which file name to go on. */
    public record Verifying(@Nullable String after) {}

    /** Where to, and where the last step ended. */
    public record Migrating(
            @Nullable String to,
            @Nullable Boolean dryRun,
            @Nullable Next next) {}

    /** As {@link Move.Next}, unchecked. */
    public record Next(@Nullable String after, @Nullable Integer copied) {}

    @GET
    public StorageStatus status() {
        return report.status();
    }

    @POST
    @Path("verification")
    @Consumes(MediaType.APPLICATION_JSON)
    public Verification.Step verify(@Nullable Verifying verifying) {
        String after = RequestChecks.body(verifying).after();
        return verification.step(RequestChecks.bounded("after", after == null ? "" : after, Move.Next.LONGEST), BUDGET);
    }

    @POST
    @Path("migration")
    @AdminChange
    @Consumes(MediaType.APPLICATION_JSON)
    public Move migrate(@Nullable Migrating migrating) {
        Migrating body = RequestChecks.body(migrating);
        StoreType to = type(RequestChecks.required("to", body.to()));
        if (Boolean.TRUE.equals(body.dryRun())) {
            return migration.plan(to);
        }
        return migration.step(to, next(body.next()), BUDGET);
    }

    private static StoreType type(String text) {
        return StoreType.parse(text)
                .orElseThrow(() -> new ProblemException.BadRequest(
                        "field 'to' names no kind of store; there are " + String.join(", ", StoreType.names())));
    }

    private static Move.Next next(@Nullable Next next) {
        if (next == null) {
            return Move.Next.FIRST;
        }
        String after = RequestChecks.bounded(
                "next.after", RequestChecks.required("next.after", next.after()), Move.Next.LONGEST);
        int copied = RequestChecks.required("next.copied", next.copied());
        if (copied < 0) {
            throw new ProblemException.BadRequest("field 'next.copied' must not be negative");
        }
        return new Move.Next(after, copied);
    }
}
