package io.livepatch.server.admin;

import io.livepatch.server.catalog.TierName;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code livepatch-admin tier …}. */
@Command(
        name = "tier",
        description = "The groups that a patch is promoted through, in order.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class TierCommands {
    private final Session session;

    TierCommands(Session session) {
        this.session = session;
    }

    @Command(name = "list", description = "Shows all tiers, first one first.", mixinStandardHelpOptions = true)
    int list() {
        return session.print(session.call(api -> api.get("/tiers")), TierCommands::text);
    }

    @Command(name = "add", description = "Adds a tier, at the end or at a position.", mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--position", paramLabel = "N") Optional<Integer> position) {
        ObjectNode body = AdminApi.JSON.createObjectNode().put("name", new TierName(name).name());
        position.ifPresent(number -> body.put("position", number));
        session.call(api -> api.post("/tiers", body));
        return session.done("tier '" + name + "' added");
    }

    @Command(name = "remove", description = "Removes a tier that nobody uses.", mixinStandardHelpOptions = true)
    int remove(@Mixin Confirmation confirmation, @Parameters(paramLabel = "NAME") String name) {
        String path = "/tiers/" + new TierName(name);
        confirmation.require(session, "this deletes tier '" + name + "'", () -> holdings(name));
        session.call(api -> api.delete(path));
        return session.done("tier '" + name + "' removed");
    }

    @Command(name = "move", description = "Puts a tier at another position.", mixinStandardHelpOptions = true)
    int move(@Parameters(paramLabel = "NAME") String name, @Parameters(paramLabel = "POSITION") int position) {
        String path = "/tiers/" + new TierName(name) + "/position";
        session.call(api -> api.put(path, AdminApi.JSON.createObjectNode().put("position", position)));
        return session.done("tier '%s' moved to position %d".formatted(name, position));
    }

    private String holdings(String name) {
        return session.call(api -> api.get("/tiers"))
                .path("tiers")
                .valueStream()
                .filter(tier -> tier.path("name").asString("").equals(name))
                .map(tier -> String.format(
                        Locale.ROOT,
                        "%,d patches, %,d machines",
                        tier.path("patches").asLong(0),
                        tier.path("machines").asLong(0)))
                .findFirst()
                .orElseThrow(() -> AdminException.refused("there is no tier '" + name + "'"));
    }

    private static String text(JsonNode answer) {
        StringBuilder text = new StringBuilder("Tiers:\n");
        for (JsonNode tier : answer.path("tiers")) {
            text.append("- Name: ")
                    .append(Problem.printable(tier.path("name").asString("")))
                    .append('\n');
            text.append("  Patches: ").append(tier.path("patches").asLong(0)).append('\n');
            text.append("  Machines: ").append(tier.path("machines").asLong(0)).append('\n');
        }
        return text.toString();
    }
}
