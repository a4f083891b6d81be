package io.livepatch.server.admin;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

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
        String path = "/auth-tokens/" + InputNames.label(id);
        confirmation.require(session, warning(), this::machines);
        if (withMachines) {
            return session.print(
                    session.call(api -> removeMachines(api, path + "?with-machines=true")),
                    answer -> "auth token '%s' revoked, %d machines removed; %s"
                            .formatted(id, answer.path("machines").asLong(0), MachineCommands.END_OF_TOKENS));
        }
        session.call(api -> api.delete(path));
        return session.done("auth token '" + id + "' revoked");
    }

    /** Each request removes what it can in two seconds. */
    private JsonNode removeMachines(AdminApi api, String path) {
        long removed = 0;
        JsonNode step;
        do {
            step = api.delete(path);
            removed += step.path("machines").asLong(0);
            if (left(step) > 0) {
                session.surroundings().err().println("removed %d machines, %d left".formatted(removed, left(step)));
                session.surroundings().err().flush();
            }
            // A server that removes nothing is not asked for ever.
        } while (left(step) > 0 && step.path("machines").asLong(0) > 0);
        if (left(step) > 0) {
            throw AdminException.refusedForNow(
                    "auth token '%s' is revoked, %d of its machines are left; give the command again"
                            .formatted(id, left(step)));
        }
        return AdminApi.JSON
                .createObjectNode()
                .put("id", id)
                .put("machines", removed)
                .put("left", 0);
    }

    private static long left(JsonNode step) {
        return step.path("left").asLong(0);
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
                .orElseThrow(() -> AdminException.refused("there is no auth token '" + id + "'"));
    }
}
