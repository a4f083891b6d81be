package io.livepatch.server.admin;

import java.util.List;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;

/** {@code livepatch-admin signing-key …}. */
@Command(
        name = "signing-key",
        description =
                "The keys that sign the URLs of patches. A new one is made automatically after server.signing-key-age.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class SigningKeyCommands {
    private final CommandContext context;

    SigningKeyCommands(CommandContext context) {
        this.context = context;
    }

    @Command(
            name = "list",
            description =
                    "Lists the keys, newest first, with their state: next, signs, or verifies until it is deleted.",
            mixinStandardHelpOptions = true)
    int list() {
        return context.print(
                context.call(api -> api.get("/signing-keys")),
                answer -> TerminalText.table(
                        answer.path("signing-keys"), List.of("id", "state", "created-at", "signs-from", "deleted-at")));
    }

    @Command(
            name = "rotate",
            description = "Makes a new key, which signs after a minute. URLs that older keys signed stay valid.",
            mixinStandardHelpOptions = true)
    int rotate() {
        return context.print(
                context.call(api -> api.post("/signing-keys", AdminApi.JSON.createObjectNode())),
                SigningKeyCommands::text);
    }

    private static String text(JsonNode key) {
        return "key %d made, it signs from %s"
                .formatted(
                        key.path("id").asLong(0),
                        TerminalText.printable(key.path("signs-from").asString("")));
    }
}
