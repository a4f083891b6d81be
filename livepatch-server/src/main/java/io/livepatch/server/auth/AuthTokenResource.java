package io.livepatch.server.auth;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.auth.AuthTokens.TokenLabel;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.problem.RequestChecks;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** Auth tokens over HTTP. Public because Jersey must see it. */
@Path("/v1/admin")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class AuthTokenResource {
    /** Of a request that removes machines: shorter than any client's timeout. */
    private static final Duration BUDGET = Duration.ofSeconds(2);

    private final AuthTokens tokens;

    public AuthTokenResource(AuthTokens tokens) {
        this.tokens = tokens;
    }

    @JsonNaming(KebabCaseStrategy.class)
    public record Request(
            @Nullable String id,
            @Nullable String tier,
            @Nullable Boolean sharedImages) {}

    /** The only answer with the token. */
    @JsonNaming(KebabCaseStrategy.class)
    public record Issued(String authToken, String id, String tier) {
        @Override
        public String toString() {
            return "Issued[" + id + ", " + tier + "]";
        }
    }

    /** A page of tokens. */
    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Listing(List<AuthTokens.AuthToken> authTokens, Optional<String> next) {}

    /**
     * A token that was revoked with its machines.
     *
     * @param machines that this request removed
     * @param left machines for further requests
     */
    public record Revoked(String id, long machines, long left) {}

    @POST
    @Path("auth-token")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response issue(@Nullable Request wanted) {
        Request body = RequestChecks.body(wanted);
        TokenLabel label = new TokenLabel(RequestChecks.required("id", body.id()));
        TierName tier = new TierName(RequestChecks.required("tier", body.tier()));
        boolean sharedImages = Boolean.TRUE.equals(body.sharedImages());
        Issued issued = new Issued(tokens.issue(label, tier, sharedImages).reveal(), label.label(), tier.name());
        return Response.status(Response.Status.CREATED).entity(issued).build();
    }

    @GET
    @Path("auth-tokens")
    public Listing list(
            @QueryParam("after") @DefaultValue("") String after, @QueryParam("limit") @DefaultValue("") String limit) {
        int pageSize = RequestChecks.limit(limit);
        List<AuthTokens.AuthToken> found = tokens.list(RequestChecks.bounded("after", after, 200), pageSize + 1);
        return found.size() <= pageSize
                ? new Listing(found, Optional.empty())
                : new Listing(
                        found.subList(0, pageSize),
                        Optional.of(found.get(pageSize - 1).id()));
    }

    @DELETE
    @Path("auth-tokens/{id}")
    public Response revoke(
            @PathParam("id") String id, @QueryParam("with-machines") @DefaultValue("") String withMachines) {
        TokenLabel label = new TokenLabel(id);
        if (RequestChecks.flag("with-machines", withMachines)) {
            AuthTokens.Removal removal = tokens.revokeWithMachines(label, BUDGET);
            return Response.ok(new Revoked(label.label(), removal.removed(), removal.left()))
                    .build();
        }
        tokens.revoke(label);
        return Response.noContent().build();
    }
}
