package io.livepatch.server.admin;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code livepatch-admin auth-token-revoke}. */
@Command(
        name = "auth-token-revoke",
        description = "Lets no more machines enrol with a token; those that did stay.",
        mixinStandardHelpOptions = true)
final class AuthTokenRevokeCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(paramLabel = "ID")
    String id = "";

    AuthTokenRevokeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String path = "/auth-tokens/" + Names.label(id);
        confirmation.require(session, "this revokes auth token '" + id + "'", this::machines);
        session.call(api -> {
            api.delete(path);
            return path;
        });
        return session.done("auth token '" + id + "' revoked");
    }

    private String machines() {
        return session.call(api -> api.get("/auth-tokens"))
                .path("auth-tokens")
                .valueStream()
                .filter(token -> token.path("id").asString("").equals(id))
                .map(token -> String.format(
                        Locale.ROOT,
                        "%,d machines have enrolled with it",
                        token.path("machines").asLong(0)))
                .findFirst()
                .orElseThrow(() -> AdminFault.refused("there is no auth token '" + id + "'"));
    }
}
