package io.livepatch.server.admin;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code livepatch-admin auth-token-revoke}. */
@Command(
        name = "auth-token-revoke",
        description = "Lets no more machines enrol with a token; those that did stay.",
        mixinStandardHelpOptions = true)
final class AuthTokenRevokeCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "ID")
    String id = "";

    AuthTokenRevokeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String path = "/auth-tokens/" + Names.label(id);
        session.call(api -> {
            api.delete(path);
            return path;
        });
        return session.done("auth token '" + id + "' revoked");
    }
}
