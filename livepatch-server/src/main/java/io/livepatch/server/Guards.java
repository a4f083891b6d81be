package io.livepatch.server;

import io.livepatch.server.auth.AdminSessions;
import io.livepatch.server.http.DirectRoute.PathTemplate;
import io.livepatch.server.http.Exchange;
import io.livepatch.server.http.Guard;
import io.livepatch.server.machine.MachineAuthentication;
import io.livepatch.server.machine.Machines;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks the credentials of requests before their bodies are read. */
final class Guards {
    private static final Logger LOG = LoggerFactory.getLogger(Guards.class);

    private Guards() {}

    /** The guards of the client API and the admin API. The first one that covers a request checks it. */
    static List<Guard> of(Machines machines, MachineAuthentication tokens, AdminSessions sessions) {
        return List.of(new Enrolment(machines), new EnrolledMachine(tokens), new Upload(sessions), new Admin(sessions));
    }

    /** Checks the syntax of an auth token; the statement that enrols the machine checks its validity. */
    private record Enrolment(Machines machines) implements Guard {
        private static final PathTemplate PATH = PathTemplate.of("/v1/client/{machine-id}");

        @Override
        public boolean covers(String method, String path) {
            return method.equals("POST") && PATH.matches(path);
        }

        @Override
        public void check(Exchange exchange, Runnable next) {
            Guard.header(exchange, machines::requireToken, next);
        }
    }

    /** Requires a valid machine token. */
    private record EnrolledMachine(MachineAuthentication tokens) implements Guard {
        private static final Map<String, PathTemplate> PATHS = Map.of(
                "DELETE", PathTemplate.of("/v1/client/{machine-id}"),
                "GET", PathTemplate.of("/v1/client/{machine-id}/info"),
                "POST", PathTemplate.of("/v1/client/{machine-id}/pings"));

        @Override
        public boolean covers(String method, String path) {
            PathTemplate template = PATHS.get(method);
            return template != null && template.matches(path);
        }

        @Override
        public void check(Exchange exchange, Runnable next) {
            tokens.authenticate(exchange, _ -> next.run());
        }
    }

    /**
     * Requires a valid session, since an upload takes a slot before its body is read. Checked on a virtual thread, since it may wait for the
     * database; {@code TokenLookups} bounds how many wait for it.
     */
    private record Upload(AdminSessions sessions) implements Guard {
        private static final PathTemplate PATH = PathTemplate.of("/v1/admin/patches/{filename}");

        @Override
        public boolean covers(String method, String path) {
            return method.equals("PUT") && PATH.matches(path);
        }

        @Override
        public void check(Exchange exchange, Runnable next) {
            Thread.ofVirtual()
                    .name("upload-session")
                    .uncaughtExceptionHandler((_, failure) -> LOG.error("an upload's session was not checked", failure))
                    .start(() -> Guard.header(exchange, sessions::user, next));
        }
    }

    /** Checks the syntax of a session token; the filter of the resource checks its validity. */
    private record Admin(AdminSessions sessions) implements Guard {
        @Override
        public boolean covers(String method, String path) {
            return path.startsWith("/v1/admin/") && !path.equals("/v1/admin/login");
        }

        @Override
        public void check(Exchange exchange, Runnable next) {
            Guard.header(exchange, sessions::requireToken, next);
        }
    }
}
