package io.livepatch.fleet.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.protocol.CheckInReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code livepatch-client status}. Reads the stored state, without a request. */
@Command(name = "status", description = "Shows the patch state of this machine.", mixinStandardHelpOptions = true)
final class ClientStatusCommand implements Callable<Integer> {
    enum Format {
        text,
        json,
        yaml
    }

    private final ClientContext clientContext;

    @Option(names = "--verbose", description = "shows more, in text")
    boolean verbose;

    @Option(names = "--format", defaultValue = "text", description = "one of ${COMPLETION-CANDIDATES}")
    Format format = Format.text;

    @Mixin
    MachineFacts.Options options = new MachineFacts.Options();

    ClientStatusCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        ClientState state = clientContext.readState();
        ClientState.Enrolled enrolled = state.enrolled().orElseThrow(ClientException::notEnabled);
        MachineFacts machine = new MachineFacts(clientContext.root());
        CheckInReport facts =
                machine.report(machine.platform(options.overrides().or(state.overrides())));
        StatusReport report = StatusReport.of(state, enrolled, facts, machine.bootId());
        clientContext.out().print(print(report, state));
        clientContext.out().flush();
        return Main.OK;
    }

    private String print(StatusReport report, ClientState state) {
        return switch (format) {
            case text -> text(report, state);
            case json ->
                JsonMapper.builder()
                                .enable(SerializationFeature.INDENT_OUTPUT)
                                .build()
                                .writeValueAsString(report)
                        + "\n";
            case yaml -> YAMLMapper.builder().build().writeValueAsString(report);
        };
    }

    private String text(StatusReport report, ClientState state) {
        StatusReport.Kernel kernel = report.status().getFirst();
        StringBuilder text = new StringBuilder();
        line(text, "last check", report.lastCheck().map(Object::toString).orElse("never"));
        line(text, "kernel", kernel.kernel());
        line(text, "server check-in", kernel.livepatch().checkState());
        line(text, "patch state", kernel.livepatch().state());
        line(text, "patch version", kernel.livepatch().version().orElse("none"));
        line(text, "tier", report.tier());
        if (verbose) {
            line(text, "kernel support", kernel.supported());
            line(text, "client version", report.clientVersion());
            line(text, "machine id", report.machineId());
            line(text, "architecture", report.architecture());
            line(text, "cpu", report.cpuModel().orElse("unknown"));
            line(text, "server", state.server().map(ClientState.Server::url).orElse("none"));
            line(text, "fetched", state.fetched().orElse("nothing"));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append(": ").append(value).append('\n');
    }

    /** The output of {@code status}, with the field names of Canonical's client, which other tools parse. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record StatusReport(
            @JsonProperty("Client-Version") String clientVersion,
            @JsonProperty("Machine-Id") String machineId,
            @JsonProperty("Architecture") String architecture,
            @JsonProperty("CPU-Model") Optional<String> cpuModel,
            @JsonProperty("Last-Check") Optional<Instant> lastCheck,
            @JsonProperty("Boot-Time") Optional<Instant> bootTime,
            @JsonProperty("Uptime") Optional<Long> uptime,
            @JsonProperty("Status") List<Kernel> status,
            String tier) {

        record Kernel(
                @JsonProperty("Kernel") String kernel,
                @JsonProperty("Running") boolean running,
                @JsonProperty("Supported") String supported,
                @JsonProperty("Livepatch") Livepatch livepatch) {}

        /** The patch of a kernel. {@code Fixes} is always empty, since the protocol has no list of fixes. */
        @JsonInclude(JsonInclude.Include.NON_ABSENT)
        record Livepatch(
                @JsonProperty("CheckState") String checkState,
                @JsonProperty("State") String state,
                @JsonProperty("Version") Optional<String> version,
                @JsonProperty("Fixes") List<Object> fixes) {}

        static StatusReport of(ClientState state, ClientState.Enrolled enrolled, CheckInReport facts, String bootId) {
            Optional<ClientState.Patch> patch =
                    state.currentPatch(bootId, facts.platform().kernel());
            Livepatch livepatch = new Livepatch(
                    state.lastCheck().map(ClientState.LastCheck::state).orElse("needs-check"),
                    patch.map(ClientState.Patch::state)
                            .orElse(
                                    state.lastCheck().isPresent()
                                            ? PatchState.NOTHING_TO_APPLY.wire()
                                            : PatchState.UNKNOWN.wire()),
                    patch.map(ClientState.Patch::version),
                    List.of());
            Kernel kernel = new Kernel(
                    facts.platform().kernel().text(),
                    true,
                    state.lastCheck().map(ClientState.LastCheck::supported).orElse("unknown"),
                    livepatch);
            return new StatusReport(
                    facts.clientVersion(),
                    enrolled.machineId(),
                    facts.platform().architecture(),
                    facts.cpuModel(),
                    state.lastCheck().map(ClientState.LastCheck::at),
                    facts.bootTime(),
                    facts.uptime().map(uptime -> uptime.toSeconds()),
                    List.of(kernel),
                    enrolled.tier());
        }
    }
}
