package io.livepatch.server.admin;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code livepatch-admin auth-token-list}. */
@Command(
        name = "auth-token-list",
        description = "Shows the ids of all auth tokens; the tokens themselves nobody knows any more.",
        mixinStandardHelpOptions = true)
final class AuthTokenListCommand implements Callable<Integer> {
    private final Session session;

    AuthTokenListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return session.print(
                session.call(api -> api.get("/auth-tokens")),
                answer -> Tables.text(
                        answer.path("auth-tokens"),
                        List.of("id", "tier", "machines", "shared-images", "created-at", "revoked-at")));
    }
}
