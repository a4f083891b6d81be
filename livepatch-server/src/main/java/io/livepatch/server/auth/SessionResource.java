package io.livepatch.server.auth;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The end of a session. Not {@link AdminFilter.AdminOnly}: a log-out whose answer was lost is repeated with a token that is no longer valid. Public
 * because Jersey must see it.
 */
@Path("/v1/admin/session")
public final class SessionResource {
    private final AdminSessions sessions;

    public SessionResource(AdminSessions sessions) {
        this.sessions = sessions;
    }

    @DELETE
    public void logOut(@HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String header) {
        sessions.logOut(Optional.ofNullable(header));
    }
}
