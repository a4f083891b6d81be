package io.livepatch.server.patch;

import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.server.unit.AdminChangeFilter.AdminChange;
import io.livepatch.storage.PatchVersion;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes of promotion and blocking. Public because Jersey must see it. */
@Path("/v1/admin/patches")
@AdminOnly
@AdminChange
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public final class RolloutResource {
    private static final int MAX_REASON = 500;

    private final Rollout rollout;

    public RolloutResource(Rollout rollout) {
        this.rollout = rollout;
    }

    public record Promotion(
            @Nullable String version, @Nullable String tier) {}

    public record Promoted(String version, String tier, int patches) {}

    /** Makes the tiers after {@code from}, up to {@code to}, equal to it. */
    public record PromotionOfAll(
            @Nullable String from, @Nullable String to) {}

    public record PromotedAll(List<Rollout.TierChange> tiers) {}

    public record Blocking(
            @Nullable String version,
            @Nullable String filename,
            @Nullable String reason) {}

    public record Unblocking(
            @Nullable String version, @Nullable String filename) {}

    public record Count(int patches) {}

    @POST
    @Path("promote")
    public Promoted promote(@Nullable Promotion promotion) {
        Promotion body = RequestChecks.body(promotion);
        PatchVersion version = PatchVersion.parse(RequestChecks.required("version", body.version()));
        TierName tier = new TierName(RequestChecks.required("tier", body.tier()));
        return new Promoted(version.toString(), tier.name(), rollout.promote(version, tier));
    }

    @POST
    @Path("promote-all")
    public PromotedAll promoteAll(@Nullable PromotionOfAll promotion) {
        PromotionOfAll body = RequestChecks.body(promotion);
        return new PromotedAll(rollout.promoteAll(
                new TierName(RequestChecks.required("from", body.from())),
                new TierName(RequestChecks.required("to", body.to()))));
    }

    @POST
    @Path("block")
    public Count block(@Nullable Blocking blocking) {
        Blocking body = RequestChecks.body(blocking);
        PatchSelector patchSelector = PatchSelector.of(body.filename(), body.version());
        String reason = RequestChecks.bounded(
                "reason", RequestChecks.required("reason", body.reason()).strip(), MAX_REASON);
        if (reason.isEmpty()) {
            throw new ProblemException.BadRequest("'reason' is empty; say why, machines and operators are shown it");
        }
        return new Count(rollout.block(patchSelector, reason));
    }

    @POST
    @Path("unblock")
    public Count unblock(@Nullable Unblocking unblocking) {
        Unblocking body = RequestChecks.body(unblocking);
        return new Count(rollout.unblock(PatchSelector.of(body.filename(), body.version())));
    }
}
