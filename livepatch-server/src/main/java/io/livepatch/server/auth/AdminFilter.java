package io.livepatch.server.auth;

import io.livepatch.server.problem.UnreadBody;
import jakarta.annotation.Priority;
import jakarta.ws.rs.NameBinding;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.HttpHeaders;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import java.util.Set;

/** Requires a session for {@link AdminOnly} resources, and logs changes with their administrator. */
@AdminFilter.AdminOnly
@Priority(Priorities.AUTHENTICATION)
public final class AdminFilter implements ContainerRequestFilter {
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

    private final AdminSessions sessions;

    public AdminFilter(AdminSessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public void filter(ContainerRequestContext request) {
        try {
            String user = sessions.user(Optional.ofNullable(request.getHeaderString(HttpHeaders.AUTHORIZATION)));
            RequestOrigin.current().identify(user);
            if (!READING.contains(request.getMethod())) {
                SecurityLog.done(
                        "authz_admin:" + user,
                        request.getMethod() + " " + request.getUriInfo().getPath() + " by '" + user + "'");
            }
        } catch (RuntimeException refusal) {
            UnreadBody.discard(request.getEntityStream(), request.getHeaderString("Expect"), UnreadBody.SMALL);
            throw refusal;
        }
    }

    /** Marks a resource whose requests need a session. */
    @NameBinding
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.TYPE, ElementType.METHOD})
    public @interface AdminOnly {}
}
