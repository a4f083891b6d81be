package io.livepatch.server.kernel;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.server.catalog.Catalog;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Architecture;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a kernel gets live patches, in the words of ubuntu-pro-client, which asks with {@code major.minor} only. Public
 * for Jersey.
 */
@Path("/v1/api/kernels")
@Produces(MediaType.APPLICATION_JSON)
public final class KernelResource {
    private static final Pattern BASE_VERSION = Pattern.compile("\\d{1,5}\\.\\d{1,5}");
    private static final Pattern FLAVOUR = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private final Catalog catalog;

    public KernelResource(Catalog catalog) {
        this.catalog = catalog;
    }

    /** The answer, with the capital letter that its callers expect. */
    public record Support(@JsonProperty("Supported") String supported) {}

    /** Other parameters (codename, build date) are accepted and not needed. */
    @GET
    @Path("/supported")
    public Support supported(
            @QueryParam("kernel-version") @Nullable String kernelVersion,
            @QueryParam("flavour") @Nullable String flavour,
            @QueryParam("architecture") @Nullable String architecture) {
        String version = matching("kernel-version", kernelVersion, BASE_VERSION, "5.15");
        String kind = matching("flavour", flavour, FLAVOUR, "generic");
        if (architecture == null) {
            throw new ProblemException.BadRequest("missing query parameter 'architecture', expected one like amd64");
        }
        return new Support(catalog.support(version, kind, new Architecture(architecture).name())
                .name()
                .toLowerCase(Locale.ROOT));
    }

    private static String matching(String name, @Nullable String value, Pattern pattern, String example) {
        if (value == null || !pattern.matcher(value).matches()) {
            throw new ProblemException.BadRequest(
                    "missing or malformed query parameter '" + name + "', expected one like " + example);
        }
        return value;
    }
}
