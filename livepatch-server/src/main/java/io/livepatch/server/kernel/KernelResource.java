package io.livepatch.server.kernel;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.storage.KernelRelease;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether a kernel gets live patches, as ubuntu-pro-client requests it, with {@code major.minor} only. A name that no patch can have is
 * answered {@code unsupported}. Public because Jersey must see it.
 */
@Path("/v1/api/kernels")
@Produces(MediaType.APPLICATION_JSON)
public final class KernelResource {
    private final Catalog catalog;

    public KernelResource(Catalog catalog) {
        this.catalog = catalog;
    }

    public record Support(@JsonProperty("Supported") String supported) {}

    /** Only the form of the codename and the build date is checked: patches have neither. */
    @GET
    @Path("/supported")
    public Support supported(
            @QueryParam("kernel-version") @Nullable String kernelVersion,
            @QueryParam("flavour") @Nullable String flavour,
            @QueryParam("architecture") @Nullable String architecture,
            @QueryParam("codename") @Nullable String codename,
            @QueryParam("build-date") @Nullable String buildDate) {
        KernelRelease kernel = new KernelRelease(name("kernel-version", kernelVersion, "5.15"));
        String kind = name("flavour", flavour, "generic");
        String machine = name("architecture", architecture, "amd64");
        optional("codename", codename);
        optional("build-date", buildDate);
        return new Support(catalog.support(kernel.baseVersion().orElse(kernel.text()), kind, machine)
                .name()
                .toLowerCase(Locale.ROOT));
    }

    private static String name(String parameter, @Nullable String value, String example) {
        if (value == null) {
            throw new ProblemException.BadRequest(
                    "missing query parameter '" + parameter + "', expected one like " + example);
        }
        if (value.indexOf('/') >= 0) {
            throw new ProblemException.BadRequest("'" + parameter + "' contains a '/', expected one like " + example);
        }
        return RequestChecks.bounded(parameter, value, KernelRelease.MAX_LENGTH);
    }

    private static void optional(String parameter, @Nullable String value) {
        if (value != null) {
            RequestChecks.bounded(parameter, value, KernelRelease.MAX_LENGTH);
        }
    }
}
