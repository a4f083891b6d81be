package io.livepatch.server.admin;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code livepatch-admin auth-token-revoke}. */
@Command(
        name = "auth-token-revoke",
        description =
                "Stops enrolment with a token. Machines that enrolled with it stay, unless --with-machines is given.",
        mixinStandardHelpOptions = true)
final class AuthTokenRevokeCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(
            names = "--with-machines",
            description = "remove all machines that enrolled with it, and end their machine tokens")
    boolean withMachines;

    AuthTokenRevokeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String path = "/auth-tokens/" + Names.label(id);
        confirmation.require(session, warning(), this::machines);
        if (withMachines) {
            return session.print(
                    session.call(api -> api.delete(path + "?with-machines=true")),
                    answer -> "auth token '%s' revoked, %d machines removed"
                            .formatted(id, answer.path("machines").asLong(0)));
        }
        session.call(api -> api.delete(path));
        return session.done("auth token '" + id + "' revoked");
    }

    private String warning() {
        return "this revokes auth token '" + id + "'"
                + (withMachines ? " and removes the machines that enrolled with it" : "");
    }

    private String machines() {
        return session.call(api -> api.all("/auth-tokens", "auth-tokens", Map.of()))
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
