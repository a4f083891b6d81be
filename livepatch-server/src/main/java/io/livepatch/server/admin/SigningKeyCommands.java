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
    private final Session session;

    SigningKeyCommands(Session session) {
        this.session = session;
    }

    @Command(
            name = "list",
            description = "Shows the keys, newest first: next, signs, or verifies until it is deleted.",
            mixinStandardHelpOptions = true)
    int list() {
        return session.print(
                session.call(api -> api.get("/signing-keys")),
                answer -> Tables.text(
                        answer.path("signing-keys"), List.of("id", "state", "created-at", "signs-from", "deleted-at")));
    }

    @Command(
            name = "rotate",
            description = "Makes a new key, which signs in a minute. URLs that older keys signed stay good.",
            mixinStandardHelpOptions = true)
    int rotate() {
        return session.print(
                session.call(api -> api.post("/signing-keys", AdminApi.JSON.createObjectNode())),
                SigningKeyCommands::made);
    }

    private static String made(JsonNode key) {
        return "key %d made, it signs from %s"
                .formatted(
                        key.path("id").asLong(0),
                        Problem.printable(key.path("signs-from").asString("")));
    }
}
