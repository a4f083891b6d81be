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

/** Jersey with these resources, our JSON and our errors, and nothing that it would find by itself. */
public final class JerseyApplication extends ResourceConfig {

    /** The caller makes the resources and their filters; Jersey makes none. */
    public JerseyApplication(List<?> resources) {
        property(ServerProperties.WADL_FEATURE_DISABLE, true);
        property(ServerProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
        property(ServerProperties.METAINF_SERVICES_LOOKUP_DISABLE, true);
        property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
        register(new JacksonJsonProvider(Json.mapper()));
        register(new ProblemMapper());
        register(new RouteLabel());
        resources.forEach(this::register);
    }

    /** Whatever a Jersey resource throws, said as a problem. */
    static final class ProblemMapper implements ExceptionMapper<Throwable> {
        @Override
        public Response toResponse(Throwable failure) {
            Problem problem = Problems.of(failure);
            Response.ResponseBuilder response =
                    Response.status(problem.status()).type(Problem.CONTENT_TYPE).entity(problem.json());
            problem.headers().forEach(response::header);
            return response.build();
        }
    }

    /** Notes the template of the matched route, so that metrics are labelled by it and never by a path. */
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
     * Answers requests that write with 503 from memory while the database is known to refuse writes. Otherwise each of them would
     * wait for a connection, and PostgreSQL would log each as an error.
     */
    @PreMatching
    public static final class WriteGate implements ContainerRequestFilter {
        private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

        private final BooleanSupplier refused;

        /**
         * A gate that is open at first.
         *
         * @param refused whether the database refuses writes now; answered from memory
         */
        public WriteGate(BooleanSupplier refused) {
            this.refused = refused;
        }

        @Override
        public void filter(ContainerRequestContext request) {
            if (!READING.contains(request.getMethod()) && refused.getAsBoolean()) {
                UnreadBody.swallow(request.getEntityStream(), request.getHeaderString("Expect"), UnreadBody.SMALL);
                throw new ProblemException.Unavailable("the database does not accept writes at the moment; try again");
            }
        }
    }
}
