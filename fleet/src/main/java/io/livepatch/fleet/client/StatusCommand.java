package io.livepatch.fleet.client;

import io.livepatch.fleet.protocol.CheckInReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** {@code livepatch-client status}. Reads what the last refresh saved; asks nobody. */
@Command(
        name = "status",
        description = "Shows how this machine stands with its patch.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    /** How to print it. */
    enum Format {
        text,
        json,
        yaml
    }

    private final ClientContext clientContext;

    @Option(names = "--verbose", description = "more of it, in text")
    boolean verbose;

    @Option(names = "--format", defaultValue = "text", description = "one of ${COMPLETION-CANDIDATES}")
    Format format = Format.text;

    @Mixin
    MachineOptions options = new MachineOptions();

    StatusCommand(ClientContext clientContext) {
        this.clientContext = clientContext;
    }

    @Override
    public Integer call() {
        ClientState state = ClientDirectory.read(ClientDirectory.directory(clientContext.environment()));
        ClientState.Enrolled enrolled = state.enrolled().orElseThrow(ClientException::notEnabled);
        Machine machine = new Machine(clientContext.root());
        CheckInReport facts = machine.report(machine.platform(options.said().or(state.overrides())));
        StatusReport report = StatusReport.of(state, enrolled, facts, machine.bootId());
        clientContext.out().print(print(report, state));
        clientContext.out().flush();
        return Program.OK;
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
}
