package io.livepatch.server.admin;

import io.livepatch.common.cli.DeletionPrompt;
import io.livepatch.server.catalog.TierName;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands {@code livepatch-admin auth-token}, {@code auth-token-list} and {@code auth-token-revoke}. */
final class AuthTokenCommands {
    private AuthTokenCommands() {}

    /** Prints the token and nothing else, so that a script can read it. */
    @Command(
            name = "auth-token",
            description =
                    "Makes a token that enrols machines into a tier. It is printed once and cannot be read again.",
            mixinStandardHelpOptions = true)
    static final class Issue implements Callable<Integer> {
        private final CommandContext context;

        @Parameters(index = "0", paramLabel = "ID", description = "a label that identifies the token")
        String id = "";

        @Parameters(index = "1", paramLabel = "TIER")
        String tier = "";

        @Option(
                names = "--shared-images",
                description = {
                    "for golden images: all machines that enrol with this token under one machine id share one machine token,",
                    "whatever enrolment key they send; any holder of the auth token can obtain those machine tokens"
                })
        boolean sharedImages;

        Issue(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            ObjectNode body = AdminApi.JSON
                    .createObjectNode()
                    .put("id", AdminApi.label(id))
                    .put("tier", new TierName(tier).name());
            if (sharedImages) {
                body.put("shared-images", true);
            }
            return context.print(
                    context.call(api -> api.post("/auth-token", body)),
                    token -> TerminalText.printable(token.path("auth-token").asString("")));
        }
    }

    @Command(
            name = "auth-token-list",
            description = "Lists the ids of all auth tokens. The tokens themselves are not stored.",
            mixinStandardHelpOptions = true)
    static final class Show implements Callable<Integer> {
        private final CommandContext context;

        Show(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            return context.printList(
                    "/auth-tokens",
                    "auth-tokens",
                    Map.of(),
                    List.of("id", "tier", "machines", "shared-images", "created-at", "revoked-at"));
        }
    }

    @Command(
            name = "auth-token-revoke",
            description =
                    "Stops enrolment with a token. Machines that enrolled with it stay, unless --with-machines is given.",
            mixinStandardHelpOptions = true)
    static final class Revoke implements Callable<Integer> {
        private final CommandContext context;

        @Mixin
        private DeletionPrompt prompt = new DeletionPrompt();

        @Parameters(paramLabel = "ID")
        String id = "";

        @Option(
                names = "--with-machines",
                description = "remove all machines that enrolled with it, and end their machine tokens")
        boolean withMachines;

        Revoke(CommandContext context) {
            this.context = context;
        }

        @Override
        public Integer call() {
            String path = "/auth-tokens/" + AdminApi.label(id);
            context.confirm(
                    prompt,
                    "this revokes auth token '" + id + "'"
                            + (withMachines ? " and removes the machines that enrolled with it" : ""),
                    this::machines);
            if (withMachines) {
                return context.print(
                        context.call(api -> removeMachines(api, path + "?with-machines=true")),
                        answer -> "auth token '%s' revoked, %d machines removed; %s"
                                .formatted(id, answer.path("machines").asLong(0), MachineCommands.END_OF_TOKENS));
            }
            context.call(api -> api.delete(path));
            return context.done("auth token '" + id + "' revoked");
        }

        /** Repeats the request until no machine is left: each request removes machines for two seconds at most. */
        private JsonNode removeMachines(AdminApi api, String path) {
            long removed = 0;
            long left;
            long step;
            do {
                JsonNode answer = api.delete(path);
                step = answer.path("machines").asLong(0);
                left = answer.path("left").asLong(0);
                removed += step;
                if (left > 0) {
                    context.environment().err().println("removed %d machines, %d left".formatted(removed, left));
                    context.environment().err().flush();
                }
                // A request that removed nothing is not repeated: the loop would not end.
            } while (left > 0 && step > 0);
            if (left > 0) {
                throw AdminException.temporarilyRefused(
                        "auth token '%s' is revoked, %d of its machines are left; repeat the command"
                                .formatted(id, left));
            }
            return AdminApi.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("machines", removed)
                    .put("left", 0);
        }

        private String machines() {
            return context.call(api -> api.list("/auth-tokens", "auth-tokens", Map.of()))
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
}
