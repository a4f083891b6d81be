package io.livepatch.server.http;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.UnreadBody;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.glassfish.jersey.server.ExtendedUriInfo;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.jspecify.annotations.Nullable;
import tools.jackson.jakarta.rs.json.JacksonJsonProvider;

/** Jersey with these resources, {@link ApiJson} and {@link Problem}, and without its automatic discovery. */
public final class JerseyApplication extends ResourceConfig {

    /** @param resources instances of resources and filters */
    public JerseyApplication(List<?> resources) {
        property(ServerProperties.WADL_FEATURE_DISABLE, true);
        property(ServerProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
        property(ServerProperties.METAINF_SERVICES_LOOKUP_DISABLE, true);
        property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
        register(new JacksonJsonProvider(ApiJson.mapper()));
        register(new ProblemMapper());
        register(new RouteLabel());
        resources.forEach(this::register);
    }

    static final class ProblemMapper implements ExceptionMapper<Throwable> {
        @Override
        public Response toResponse(Throwable failure) {
            Problem problem = Problem.of(failure);
            Response.ResponseBuilder response =
                    Response.status(problem.status()).type(Problem.CONTENT_TYPE).entity(problem.json());
            problem.headers().forEach(response::header);
            return response.build();
        }
    }

    /** Stores the template of the matched route, which is the label of metrics. */
    static final class RouteLabel implements ContainerRequestFilter {
        @Context
        @Nullable
        HttpServletRequest servletRequest;

        @Override
        public void filter(ContainerRequestContext request) {
            if (servletRequest != null && request.getUriInfo() instanceof ExtendedUriInfo matched) {
                String template = matched.getMatchedTemplates().reversed().stream()
                        .map(part -> part.getTemplate())
                        .collect(Collectors.joining())
                        .replaceAll("/{2,}", "/");
                servletRequest.setAttribute(RequestLogger.ROUTE, template);
            }
        }
    }

    /**
     * Refuses writing requests with 503 while the database is known to refuse writes. Otherwise each of them would wait for a connection,
     * and PostgreSQL would log an error for each.
     */
    @PreMatching
    public static final class WriteGate implements ContainerRequestFilter {
        private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

        private final BooleanSupplier refused;

        /** @param refused whether the database refuses writes now, from memory */
        public WriteGate(BooleanSupplier refused) {
            this.refused = refused;
        }

        @Override
        public void filter(ContainerRequestContext request) {
            if (!READING.contains(request.getMethod()) && refused.getAsBoolean()) {
                UnreadBody.discard(request.getEntityStream(), request.getHeaderString("Expect"), UnreadBody.SMALL);
                throw new ProblemException.Unavailable("the database does not accept writes at the moment; try again");
            }
        }
    }
}
