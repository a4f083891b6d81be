package io.livepatch.server.tier;

import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.server.unit.AdminChangeFilter.AdminChange;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The routes of tiers. Public because Jersey must see it. */
@Path("/v1/admin/tiers")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class TierResource {
    private final Tiers tiers;

    public TierResource(Tiers tiers) {
        this.tiers = tiers;
    }

    /** All tiers, first to last. */
    public record Listing(List<Tier> tiers) {}

    /** A tier to add. */
    public record NewTier(@Nullable String name, @Nullable Integer position) {}

    /** The new position of a tier. */
    public record Position(@Nullable Integer position) {}

    @GET
    public Listing list() {
        return new Listing(tiers.list());
    }

    @POST
    @AdminChange
    @Consumes(MediaType.APPLICATION_JSON)
    public Response add(@Nullable NewTier tier) {
        NewTier body = RequestChecks.body(tier);
        TierName name = new TierName(RequestChecks.required("name", body.name()));
        Tier added = tiers.add(name, Optional.ofNullable(body.position()));
        return Response.status(Response.Status.CREATED).entity(added).build();
    }

    @DELETE
    @AdminChange
    @Path("{name}")
    public void remove(@PathParam("name") String name) {
        tiers.remove(new TierName(name));
    }

    @PUT
    @AdminChange
    @Path("{name}/position")
    @Consumes(MediaType.APPLICATION_JSON)
    public Tier move(@PathParam("name") String name, @Nullable Position position) {
        return tiers.move(
                new TierName(name),
                RequestChecks.required("position", RequestChecks.body(position).position()));
    }
}
