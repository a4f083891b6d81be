package io.livepatch.server.admin;

import io.livepatch.common.cli.DeletionPrompt;
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
        description = "The tiers that patches are promoted through, in order.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class TierCommands {
    private final CommandContext context;

    TierCommands(CommandContext context) {
        this.context = context;
    }

    @Command(name = "list", description = "Lists all tiers in order.", mixinStandardHelpOptions = true)
    int list() {
        return context.print(context.call(api -> api.get("/tiers")), TierCommands::text);
    }

    @Command(name = "add", description = "Adds a tier, at the end or at a position.", mixinStandardHelpOptions = true)
    int add(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--position", paramLabel = "N") Optional<Integer> position) {
        ObjectNode body = AdminApi.JSON.createObjectNode().put("name", new TierName(name).name());
        position.ifPresent(number -> body.put("position", number));
        context.call(api -> api.post("/tiers", body));
        return context.done("tier '" + name + "' added");
    }

    @Command(
            name = "remove",
            description = "Removes a tier that no patch, machine or auth token uses.",
            mixinStandardHelpOptions = true)
    int remove(@Mixin DeletionPrompt prompt, @Parameters(paramLabel = "NAME") String name) {
        String path = "/tiers/" + new TierName(name);
        context.confirm(prompt, "this deletes tier '" + name + "'", () -> extent(name));
        context.call(api -> api.delete(path));
        return context.done("tier '" + name + "' removed");
    }

    @Command(name = "move", description = "Moves a tier to another position.", mixinStandardHelpOptions = true)
    int move(@Parameters(paramLabel = "NAME") String name, @Parameters(paramLabel = "POSITION") int position) {
        String path = "/tiers/" + new TierName(name) + "/position";
        context.call(api -> api.put(path, AdminApi.JSON.createObjectNode().put("position", position)));
        return context.done("tier '%s' moved to position %d".formatted(name, position));
    }

    private String extent(String name) {
        return context.call(api -> api.get("/tiers"))
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
                    .append(TerminalText.printable(tier.path("name").asString("")))
                    .append('\n');
            text.append("  Patches: ").append(tier.path("patches").asLong(0)).append('\n');
            text.append("  Machines: ").append(tier.path("machines").asLong(0)).append('\n');
        }
        return text.toString();
    }
}
