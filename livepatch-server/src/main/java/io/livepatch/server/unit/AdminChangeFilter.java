package io.livepatch.server.unit;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.livepatch.server.auth.AdminFilter.AdminOnly;
import io.livepatch.server.unit.AdminChangeFilter.AdminChange;
import io.livepatch.server.unit.UnitRegistry.Convergence;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NameBinding;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Delays the answer to a change until every live unit has it in memory or the timeout passes, and adds the state of the units to the
 * answer: the member {@code seen-by} of a JSON object, and the headers {@code Livepatch-Units}, {@code Livepatch-Lagging} and
 * {@code Livepatch-Silent}.
 */
@AdminChangeFilter.AdminChange
public final class AdminChangeFilter implements ContainerResponseFilter {
    static final String UNITS = "Livepatch-Units";
    static final String LAGGING = "Livepatch-Lagging";
    static final String SILENT = "Livepatch-Silent";
    /** Replaces the number if the live units are unknown. */
    static final String UNKNOWN = "unknown";

    /** RFC 7240, 4.3: seconds that the client waits. */
    private static final Pattern WAIT = Pattern.compile("(?i)(?:^|,)\\s*wait\\s*=\\s*\"?(\\d{1,4})\"?\\s*(?:[,;]|$)");

    private final UnitRegistry units;

    public AdminChangeFilter(UnitRegistry units) {
        this.units = units;
    }

    /** The resource's answer, and which units have the change. */
    public record Answer(
            @JsonUnwrapped Object change,
            @JsonProperty("seen-by") Convergence seenBy) {}

    @Override
    public void filter(ContainerRequestContext request, ContainerResponseContext response) {
        if (response.getStatusInfo().getFamily() != Response.Status.Family.SUCCESSFUL) {
            return;
        }
        Convergence seenBy = units.await(timeout(request.getHeaderString("Prefer")));
        response.getHeaders().putSingle(UNITS, seenBy.problem().isEmpty() ? seenBy.units() : UNKNOWN);
        if (!seenBy.lagging().isEmpty()) {
            response.getHeaders().putSingle(LAGGING, String.join(", ", seenBy.lagging()));
        }
        if (!seenBy.silent().isEmpty()) {
            String since = seenBy.silent().stream()
                    .map(silent -> silent.unit() + " " + silent.since())
                    .collect(Collectors.joining(", "));
            response.getHeaders().putSingle(SILENT, since);
        }
        if (response.hasEntity()) {
            response.setEntity(new Answer(response.getEntity(), seenBy));
        }
    }

    private Duration timeout(@Nullable String prefer) {
        return Optional.ofNullable(prefer)
                .map(WAIT::matcher)
                .filter(Matcher::find)
                .map(wait -> Duration.ofSeconds(Long.parseLong(wait.group(1))))
                .orElseGet(units::maxWait);
    }

    /** Marks a resource method that changes what all units have in memory. */
    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.TYPE, ElementType.METHOD})
    public @interface AdminChange {}

    /** {@code GET /v1/admin/units}: whether all units have the latest change. Public because Jersey must see it. */
    @Path("/v1/admin/units")
    @AdminOnly
    @Produces(MediaType.APPLICATION_JSON)
    public static final class UnitResource {

        /** {@link AdminChangeFilter} adds the revision and the units. */
        @GET
        @AdminChange
        public Map<String, String> units() {
            return Map.of();
        }
    }
}
