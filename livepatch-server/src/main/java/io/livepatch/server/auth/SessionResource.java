package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.server.problem.ProblemException;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Starts a session with user and password, and ends it. Not {@link AdminFilter.AdminOnly}: a log-out whose answer was lost is repeated
 * with a token that is no longer valid. Public because Jersey must see it.
 */
@Path("/v1/admin")
public final class SessionResource {
    private static final String BASIC = "Basic ";
    private static final int MAX_LENGTH = 2048;

    private final AdminSessions sessions;

    public SessionResource(AdminSessions sessions) {
        this.sessions = sessions;
    }

    @POST
    @Path("login")
    @Produces(MediaType.APPLICATION_JSON)
    public AdminSessions.Session logIn(@HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String header) {
        if (header == null
                || !header.regionMatches(true, 0, BASIC, 0, BASIC.length())
                || header.length() > MAX_LENGTH) {
            throw malformed();
        }
        String[] credentials = decoded(header.substring(BASIC.length()).strip()).split(":", 2);
        if (credentials.length != 2) {
            throw malformed();
        }
        return sessions.logIn(credentials[0], credentials[1]);
    }

    private static String decoded(String base64) {
        try {
            return new String(Base64.getDecoder().decode(base64), UTF_8);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static ProblemException malformed() {
        return new ProblemException.Unauthorized(
                "log in with 'Authorization: Basic <base64 of user:password>'",
                "Basic realm=\"livepatch\", charset=\"UTF-8\"");
    }

    @DELETE
    @Path("session")
    public void logOut(@HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String header) {
        sessions.logOut(Optional.ofNullable(header));
    }
}
