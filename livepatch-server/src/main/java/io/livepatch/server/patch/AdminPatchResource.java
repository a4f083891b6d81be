package io.livepatch.server.patch;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.server.problem.UnreadBody;
import io.livepatch.server.unit.AdminChangeFilter.AdminChange;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The routes of patches for operators. Public because Jersey must see it. */
@Path("/v1/admin/patches")
@AdminOnly
@Produces(MediaType.APPLICATION_JSON)
public final class AdminPatchResource {
    private static final int MAX_LENGTH = 200;
    private static final long MAX_DISCARDED_BYTES = 2L << 20;

    private final Patches patches;

    public AdminPatchResource(Patches patches) {
        this.patches = patches;
    }

    /** A page of patches; {@code next} is the {@code after} of the following page. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Listing(List<PatchInfo> patches, Optional<String> next) {}

    @GET
    public Listing list(
            @QueryParam("kernel") @Nullable String kernel,
            @QueryParam("architecture") @Nullable String architecture,
            @QueryParam("version") @Nullable String version,
            @QueryParam("tier") @Nullable String tier,
            @QueryParam("after") @DefaultValue("") String after,
            @QueryParam("limit") @DefaultValue("") String limit) {
        PatchDao.Filter filter = new PatchDao.Filter(
                filter("kernel", kernel),
                filter("architecture", architecture),
                filter("version", version),
                filter("tier", tier));
        int pageSize = RequestChecks.limit(limit);
        List<PatchInfo> found = patches.list(filter, RequestChecks.bounded("after", after, MAX_LENGTH), pageSize + 1);
        return found.size() <= pageSize
                ? new Listing(found, Optional.empty())
                : new Listing(
                        found.subList(0, pageSize),
                        Optional.of(found.get(pageSize - 1).filename()));
    }

    private static @Nullable String filter(String name, @Nullable String value) {
        return value == null || value.isEmpty() ? null : RequestChecks.bounded(name, value, MAX_LENGTH);
    }

    @GET
    @Path("{filename}")
    public PatchInfo show(@PathParam("filename") String fileName) {
        return patches.show(PatchName.parse(fileName));
    }

    @PUT
    @AdminChange
    @Path("{filename}")
    @Consumes(MediaType.WILDCARD)
    public Response upload(
            @PathParam("filename") String fileName,
            @HeaderParam(ReprDigest.HEADER) @Nullable String digest,
            @HeaderParam(HttpHeaders.CONTENT_LENGTH) @DefaultValue("-1") long length,
            @HeaderParam("Expect") @Nullable String expect,
            @QueryParam("force") @DefaultValue("false") String forced,
            InputStream bytes) {
        boolean reading = false;
        try {
            PatchName name = PatchName.parse(fileName);
            boolean force = RequestChecks.flag("force", forced);
            Sha256 sha256 = ReprDigest.sha256(digest);
            patches.checkAnnounced(name, sha256, length);
            reading = true;
            Patches.Uploaded uploaded = patches.upload(name, sha256, bytes, force);
            return Response.status(uploaded.created() ? Response.Status.CREATED : Response.Status.OK)
                    .entity(uploaded.patch())
                    .build();
        } catch (RuntimeException refusal) {
            boolean tooSlow = ExceptionTranslator.problem(refusal)
                    .filter(ProblemException.RequestTimeout.class::isInstance)
                    .isPresent();
            if (!tooSlow && reading) {
                // The client received 100 Continue, and reads the answer only after it has sent the whole body.
                UnreadBody.discardUpload(bytes, patches.maxSize());
            } else if (!tooSlow) {
                UnreadBody.discard(bytes, expect, MAX_DISCARDED_BYTES);
            }
            throw refusal;
        }
    }

    @DELETE
    @AdminChange
    @Path("{filename}")
    public void remove(@PathParam("filename") String fileName) {
        patches.remove(PatchName.parse(fileName));
    }

    /** The header {@code Repr-Digest} (RFC 9530), of which we know SHA-256. */
    private static final class ReprDigest {
        static final String HEADER = "Repr-Digest";

        private static final int MAX_HEADER_LENGTH = 1000;
        private static final Pattern SHA_256 = Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/]{43}=):\\s*(?:,|$)");

        private ReprDigest() {}

        static Sha256 sha256(@Nullable String header) {
            Matcher matcher = SHA_256.matcher(header == null || header.length() > MAX_HEADER_LENGTH ? "" : header);
            if (!matcher.find()) {
                throw new ProblemException.BadRequest(
                        "an upload needs the header '" + HEADER + ": sha-256=:<base64 of the 32 bytes>:'");
            }
            return Sha256.from(Base64.getDecoder().decode(matcher.group(1)));
        }
    }
}
