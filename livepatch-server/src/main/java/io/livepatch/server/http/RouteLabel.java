package io.livepatch.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Context;
import java.util.stream.Collectors;
import org.glassfish.jersey.server.ExtendedUriInfo;
import org.jspecify.annotations.Nullable;

/** Notes the template of the matched route, so that metrics are labelled by it and never by a path. */
final class RouteLabel implements ContainerRequestFilter {
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
