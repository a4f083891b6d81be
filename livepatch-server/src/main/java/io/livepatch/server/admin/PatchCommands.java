package io.livepatch.server.admin;

import io.livepatch.common.cli.DeletionPrompt;
import io.livepatch.server.catalog.TierName;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.PatchVersion;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code livepatch-admin patch …}. */
@Command(
        name = "patch",
        description = "The patches and their tiers.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class PatchCommands {
    private final CommandContext context;

    PatchCommands(CommandContext context) {
        this.context = context;
    }

    @Command(
            name = "add",
            description = "Uploads patches to the server, into the first tier.",
            mixinStandardHelpOptions = true)
    int add(
            @Parameters(arity = "1..*", paramLabel = "FILE", description = "patches, or folders of them")
                    List<Path> files,
            @Option(
                            names = "--jobs",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "uploads at once, 1 to 16; default: ${DEFAULT-VALUE}")
                    int jobs,
            @Option(
                            names = "--force",
                            description =
                                    "also accept unusual patches: another kernel or architecture than in the name, no"
                                            + " livepatch=Y, several modules")
                    boolean force) {
        return new PatchUploads(context, force).send(files, jobs);
    }

    // Not mixinStandardHelpOptions: here "--version" filters by the version of a patch.
    @Command(name = "list", description = "Lists patches.")
    int list(
            @Option(
                            names = {"-h", "--help"},
                            usageHelp = true,
                            description = "Show this help message and exit.")
                    boolean help,
            @Option(names = "--kernel", paramLabel = "RELEASE") Optional<String> kernel,
            @Option(names = "--architecture", paramLabel = "NAME") Optional<String> architecture,
            @Option(names = "--version", paramLabel = "VERSION") Optional<String> version,
            @Option(names = "--tier", paramLabel = "TIER") Optional<String> tier) {
        return context.printList(
                "/patches",
                "patches",
                Map.of(
                        "kernel", kernel,
                        "architecture", architecture,
                        "version", version,
                        "tier", tier),
                List.of("filename", "size", "tiers", "blocked"));
    }

    @Command(name = "show", description = "Shows one patch.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "FILENAME") String fileName) {
        String path = AdminApi.path(PatchName.parse(fileName));
        return context.print(context.call(api -> api.get(path)), TerminalText::members);
    }

    @Command(name = "remove", description = "Deletes a patch and its bytes.", mixinStandardHelpOptions = true)
    int remove(@Mixin DeletionPrompt prompt, @Parameters(paramLabel = "FILENAME") String fileName) {
        String path = AdminApi.path(PatchName.parse(fileName));
        context.confirm(
                prompt, "this deletes patch '" + fileName + "'", () -> size(context.call(api -> api.get(path))));
        context.call(api -> api.delete(path));
        return context.done("patch '" + fileName + "' removed");
    }

    @Command(
            name = "promote",
            description = "Puts all patches of a version into a tier.",
            mixinStandardHelpOptions = true)
    int promote(@Parameters(paramLabel = "VERSION") String version, @Parameters(paramLabel = "TIER") String tier) {
        ObjectNode body = AdminApi.JSON
                .createObjectNode()
                .put("version", PatchVersion.parse(version).toString())
                .put("tier", new TierName(tier).name());
        return context.print(
                context.call(api -> api.post("/patches/promote", body)),
                answer -> "%d patches of version %s are in tier '%s'"
                        .formatted(answer.path("patches").asLong(0), version, tier));
    }

    @Command(
            name = "promote-all",
            description = "Makes every tier after FROM, up to TO, identical to FROM.",
            mixinStandardHelpOptions = true)
    int promoteAll(@Parameters(paramLabel = "FROM") String from, @Parameters(paramLabel = "TO") String to) {
        ObjectNode body = AdminApi.JSON
                .createObjectNode()
                .put("from", new TierName(from).name())
                .put("to", new TierName(to).name());
        return context.print(
                context.call(api -> api.post("/patches/promote-all", body)),
                answer -> TerminalText.table(answer.path("tiers"), List.of("name", "added", "removed")));
    }

    @Command(
            name = "block",
            description = "Withdraws a patch: it is offered to no machine, and machines that run it remove it.",
            mixinStandardHelpOptions = true)
    int block(
            @Parameters(paramLabel = "VERSION|FILENAME") String which,
            @Option(names = "--reason", required = true, description = "shown to machines and operators")
                    String reason) {
        ObjectNode body = fileOrVersion(which).put("reason", reason);
        return context.print(
                context.call(api -> api.post("/patches/block", body)),
                answer -> "%d patches blocked".formatted(answer.path("patches").asLong(0)));
    }

    @Command(name = "unblock", description = "Offers a patch again.", mixinStandardHelpOptions = true)
    int unblock(@Parameters(paramLabel = "VERSION|FILENAME") String which) {
        ObjectNode body = fileOrVersion(which);
        return context.print(
                context.call(api -> api.post("/patches/unblock", body)),
                answer ->
                        "%d patches unblocked".formatted(answer.path("patches").asLong(0)));
    }

    private static String size(JsonNode patch) {
        String tiers = TerminalText.cell(patch.path("tiers"));
        return String.format(Locale.ROOT, "%,d bytes", patch.path("size").asLong(0))
                + (tiers.isEmpty() ? ", in no tier" : ", in " + tiers);
    }

    private static ObjectNode fileOrVersion(String text) {
        ObjectNode body = AdminApi.JSON.createObjectNode();
        return text.startsWith("livepatch-")
                ? body.put("filename", PatchName.parse(text).fileName())
                : body.put("version", PatchVersion.parse(text).toString());
    }
}
