package io.livepatch.server.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code livepatch-admin machine …}. */
@Command(
        name = "machine",
        description = "The machines that are enrolled.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class MachineCommands {
    /** A unit that misses the notification remembers a machine token for ten minutes; each check-in is compared with the database. */
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

    private final Session session;

    MachineCommands(Session session) {
        this.session = session;
    }

    @Command(name = "list", description = "Shows machines, by id.", mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--tier", paramLabel = "TIER") Optional<String> tier,
            @Option(names = "--kernel", paramLabel = "RELEASE", description = "what they reported last")
                    Optional<String> kernel,
            @Option(names = "--auth-token", paramLabel = "ID", description = "what they enrolled with")
                    Optional<String> authToken,
            @Option(names = "--duplicate", description = "only ids under which two machines seem to report")
                    boolean duplicate) {
        JsonNode all = session.call(api -> api.all(
                "/machines",
                "machines",
                Map.of(
                        "tier", tier,
                        "kernel", kernel,
                        "auth-token", authToken,
                        "duplicate", duplicate ? Optional.of("true") : Optional.empty())));
        ObjectNode answer = AdminApi.JSON.createObjectNode();
        answer.set("machines", all);
        return session.print(answer, some -> Tables.text(some.path("machines"), COLUMNS));
    }

    @Command(name = "show", description = "Shows all of one machine.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "ID") String id) {
        String path = "/machines/" + InputNames.label(id);
        return session.print(session.call(api -> api.get(path)), MachineCommands::lines);
    }

    @Command(
            name = "release",
            description = {
                "Lets another client enrol a machine, although the machine checks in.",
                "Its machine token is good until then, and ends then."
            },
            mixinStandardHelpOptions = true)
    int release(@Parameters(paramLabel = "ID") String id) {
        String path = "/machines/" + InputNames.label(id) + "/release";
        session.call(api -> api.post(path, AdminApi.JSON.createObjectNode()));
        return session.done(
                "machine '" + id + "' released: the next client that enrols it within machines.takeover-after gets it");
    }

    @Command(
            name = "remove",
            description = {
                "Forgets a machine and its report; its machine token ends.",
                "Its check-ins are refused at once. Other units may remember the token for other requests: as a rule for a second,",
                "for 10 minutes at most."
            },
            mixinStandardHelpOptions = true)
    int remove(@Mixin Confirmation confirmation, @Parameters(paramLabel = "ID") String id) {
        String path = "/machines/" + InputNames.label(id);
        confirmation.require(
                session,
                "this removes machine '" + id + "' and ends its machine token",
                () -> lastSeen(session.call(api -> api.get(path))));
        session.call(api -> api.delete(path));
        return session.done("machine '" + id + "' removed; " + END_OF_TOKENS);
    }

    private static String lastSeen(JsonNode machine) {
        String last = machine.path("last-check-in").asString("");
        return last.isEmpty() ? "it has never checked in" : "it last checked in at " + last;
    }

    private static String lines(JsonNode machine) {
        StringBuilder text = new StringBuilder();
        machine.properties()
                .forEach(entry -> text.append(Problem.printable(entry.getKey()))
                        .append(": ")
                        .append(Tables.cell(entry.getValue()))
                        .append('\n'));
        if (machine.path("duplicate").asBoolean(false)) {
            text.append("two machines seem to report under this id: their boot times take turns\n");
        }
        return text.toString();
    }
}
