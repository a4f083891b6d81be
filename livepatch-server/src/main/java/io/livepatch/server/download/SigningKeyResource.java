package io.livepatch.server.download;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.auth.AdminFilter.AdminOnly;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/** The admin API of signing keys, without their secrets. Public because Jersey must see it. */
@Path("/v1/admin/signing-keys")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class SigningKeyResource {
    private final SigningKeys keys;

    public SigningKeyResource(SigningKeys keys) {
        this.keys = keys;
    }

    /**
     * A key.
     *
     * @param state {@code next}: signs at {@code signsFrom}; {@code signs}; {@code verifies}: is deleted at {@code deletedAt}
     */
    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Listed(int id, String state, Instant createdAt, Instant signsFrom, Optional<Instant> deletedAt) {}

    /** All keys, the newest first. */
    @JsonNaming(KebabCaseStrategy.class)
    public record Listing(List<Listed> signingKeys) {}

    @GET
    public Listing list() {
        List<SigningKeyDao.Listed> rows = keys.list();
        int signing = rows.stream()
                .filter(SigningKeyDao.Listed::signs)
                .mapToInt(SigningKeyDao.Listed::keyId)
                .max()
                .orElse(-1);
        return new Listing(rows.stream().map(row -> listed(row, signing)).toList());
    }

    private static Listed listed(SigningKeyDao.Listed row, int signing) {
        String state = row.keyId() == signing ? "signs" : row.signs() ? "verifies" : "next";
        return new Listed(
                row.keyId(),
                state,
                row.createdAt(),
                row.signsFrom(),
                Optional.ofNullable(row.succeededAt()).map(time -> time.plus(SigningKeys.RETENTION)));
    }

    @POST
    public Response rotate() {
        int id = keys.rotate();
        Listed made = list().signingKeys().stream()
                .filter(key -> key.id() == id)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("key " + id + " was deleted while it was created"));
        return Response.status(Response.Status.CREATED).entity(made).build();
    }
}
