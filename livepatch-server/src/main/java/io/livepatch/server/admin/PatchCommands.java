package io.livepatch.server.admin;

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
        description = "The patches that there are, and in which tiers.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class PatchCommands {
    private final Session session;

    PatchCommands(Session session) {
        this.session = session;
    }

    @Command(
            name = "add",
            description = "Sends patches to the server; they land in the first tier.",
            mixinStandardHelpOptions = true)
    int add(
            @Parameters(arity = "1..*", paramLabel = "FILE", description = "patches, or folders of them")
                    List<Path> files,
            @Option(
                            names = "--jobs",
                            paramLabel = "N",
                            defaultValue = "1",
                            description = "so many at once, 1 to 16; default: ${DEFAULT-VALUE}")
                    int jobs,
            @Option(
                            names = "--force",
                            description = "also what is unusual: another kernel or architecture than the name says, no"
                                    + " livepatch=Y, several modules")
                    boolean force) {
        return new PatchUploads(session, force).send(files, jobs);
    }

    // No standard help options: here "--version" is that of a patch.
    @Command(name = "list", description = "Shows patches.")
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
        JsonNode all = session.call(api -> api.all(
                "/patches",
                "patches",
                Map.of(
                        "kernel", kernel,
                        "architecture", architecture,
                        "version", version,
                        "tier", tier)));
        ObjectNode answer = AdminApi.JSON.createObjectNode();
        answer.set("patches", all);
        return session.print(
                answer, some -> Tables.text(some.path("patches"), List.of("filename", "size", "tiers", "blocked")));
    }

    @Command(name = "show", description = "Shows all of one patch.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "FILENAME") String fileName) {
        String path = InputNames.path(PatchName.parse(fileName));
        return session.print(session.call(api -> api.get(path)), PatchCommands::lines);
    }

    @Command(name = "remove", description = "Deletes a patch and its bytes.", mixinStandardHelpOptions = true)
    int remove(@Mixin Confirmation confirmation, @Parameters(paramLabel = "FILENAME") String fileName) {
        String path = InputNames.path(PatchName.parse(fileName));
        confirmation.require(
                session, "this deletes patch '" + fileName + "'", () -> size(session.call(api -> api.get(path))));
        session.call(api -> api.delete(path));
        return session.done("patch '" + fileName + "' removed");
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
        return session.print(
                session.call(api -> api.post("/patches/promote", body)),
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
        return session.print(
                session.call(api -> api.post("/patches/promote-all", body)),
                answer -> Tables.text(answer.path("tiers"), List.of("name", "added", "removed")));
    }

    @Command(
            name = "block",
            description = "Offers a patch to nobody, and has it taken off where it runs.",
            mixinStandardHelpOptions = true)
    int block(
            @Parameters(paramLabel = "VERSION|FILENAME") String which,
            @Option(names = "--reason", required = true, description = "what machines and people are told")
                    String reason) {
        ObjectNode body = InputNames.fileOrVersion(which).put("reason", reason);
        return session.print(
                session.call(api -> api.post("/patches/block", body)),
                answer -> "%d patches blocked".formatted(answer.path("patches").asLong(0)));
    }

    @Command(name = "unblock", description = "Offers a patch again.", mixinStandardHelpOptions = true)
    int unblock(@Parameters(paramLabel = "VERSION|FILENAME") String which) {
        ObjectNode body = InputNames.fileOrVersion(which);
        return session.print(
                session.call(api -> api.post("/patches/unblock", body)),
                answer ->
                        "%d patches unblocked".formatted(answer.path("patches").asLong(0)));
    }

    private static String size(JsonNode patch) {
        String tiers = Tables.cell(patch.path("tiers"));
        return String.format(Locale.ROOT, "%,d bytes", patch.path("size").asLong(0))
                + (tiers.isEmpty() ? ", in no tier" : ", in " + tiers);
    }

    private static String lines(JsonNode patch) {
        StringBuilder text = new StringBuilder();
        patch.properties()
                .forEach(entry -> text.append(Problem.printable(entry.getKey()))
                        .append(": ")
                        .append(Tables.cell(entry.getValue()))
                        .append('\n'));
        return text.toString();
    }
}
