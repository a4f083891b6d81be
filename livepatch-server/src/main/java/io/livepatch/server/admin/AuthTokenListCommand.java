package io.livepatch.server.admin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import tools.jackson.databind.node.ObjectNode;

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
        ObjectNode answer = AdminApi.JSON.createObjectNode();
        answer.set("auth-tokens", session.call(api -> api.all("/auth-tokens", "auth-tokens", Map.of())));
        return session.print(
                answer,
                some -> Tables.text(
                        some.path("auth-tokens"),
                        List.of("id", "tier", "machines", "shared-images", "created-at", "revoked-at")));
    }
}
