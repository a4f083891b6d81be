package io.livepatch.server.admin;

import io.livepatch.common.cli.DeletionPrompt;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code livepatch-admin machine …}. */
@Command(
        name = "machine",
        description = "The enrolled machines.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class MachineCommands {
    /** A unit that misses the notification caches a machine token for ten minutes; check-ins are compared with the database. */
    static final String END_OF_TOKENS =
            "check-ins are refused at once; other requests with the machine token may be answered for a second, by a unit that misses the"
                    + " notification for 10 min";

    private static final List<String> COLUMNS = List.of(
            "id",
            "tier",
            "auth-token",
            "kernel",
            "patch-version",
            "patch-state",
            "last-check-in",
            "released-until",
            "duplicate");

    private final CommandContext context;

    MachineCommands(CommandContext context) {
        this.context = context;
    }

    @Command(name = "list", description = "Lists machines by id.", mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--tier", paramLabel = "TIER") Optional<String> tier,
            @Option(names = "--kernel", paramLabel = "RELEASE", description = "the kernel of their last report")
                    Optional<String> kernel,
            @Option(names = "--auth-token", paramLabel = "ID", description = "the auth token that they enrolled with")
                    Optional<String> authToken,
            @Option(names = "--duplicate", description = "only ids under which two machines seem to report")
                    boolean duplicate) {
        return context.printList(
                "/machines",
                "machines",
                Map.of(
                        "tier", tier,
                        "kernel", kernel,
                        "auth-token", authToken,
                        "duplicate", duplicate ? Optional.of("true") : Optional.empty()),
                COLUMNS);
    }

    @Command(name = "show", description = "Shows one machine with its last report.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "ID") String id) {
        String path = "/machines/" + AdminApi.label(id);
        return context.print(context.call(api -> api.get(path)), MachineCommands::text);
    }

    @Command(
            name = "release",
            description = {
                "Lets another client enrol a machine, although the machine checks in.",
                "The machine token stays valid until another client enrols the machine."
            },
            mixinStandardHelpOptions = true)
    int release(@Parameters(paramLabel = "ID") String id) {
        String path = "/machines/" + AdminApi.label(id) + "/release";
        context.call(api -> api.post(path, AdminApi.JSON.createObjectNode()));
        return context.done(
                "machine '" + id + "' released: the next client that enrols it within machines.takeover-after gets it");
    }

    @Command(
            name = "remove",
            description = {
                "Deletes a machine and its report; its machine token ends.",
                "Its check-ins are refused at once. Other units may cache the token for other requests: usually for a second,",
                "for 10 minutes at most."
            },
            mixinStandardHelpOptions = true)
    int remove(@Mixin DeletionPrompt prompt, @Parameters(paramLabel = "ID") String id) {
        String path = "/machines/" + AdminApi.label(id);
        context.confirm(
                prompt,
                "this removes machine '" + id + "' and ends its machine token",
                () -> lastSeen(context.call(api -> api.get(path))));
        context.call(api -> api.delete(path));
        return context.done("machine '" + id + "' removed; " + END_OF_TOKENS);
    }

    private static String lastSeen(JsonNode machine) {
        String last = machine.path("last-check-in").asString("");
        return last.isEmpty() ? "it has never checked in" : "it last checked in at " + last;
    }

    private static String text(JsonNode machine) {
        return TerminalText.members(machine)
                + (machine.path("duplicate").asBoolean(false)
                        ? "two machines seem to report under this id: their boot times alternate\n"
                        : "");
    }
}
