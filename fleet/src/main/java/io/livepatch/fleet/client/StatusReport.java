package io.livepatch.fleet.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.livepatch.fleet.protocol.CheckInReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What {@code status} shows, with the field names of Canonical's client, which other tools read. */
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

    /** One kernel; there is one. */
    record Kernel(
            @JsonProperty("Kernel") String kernel,
            @JsonProperty("Running") boolean running,
            @JsonProperty("Supported") String supported,
            @JsonProperty("Livepatch") Livepatch livepatch) {}

    /** How that kernel stands with its patch. Which faults a version mends is not part of the protocol: always empty. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Livepatch(
            @JsonProperty("CheckState") String checkState,
            @JsonProperty("State") String state,
            @JsonProperty("Version") Optional<String> version,
            @JsonProperty("Fixes") List<Object> fixes) {}

    static StatusReport of(ClientState state, ClientState.Enrolled enrolled, CheckInReport facts, String bootId) {
        Optional<ClientState.Patch> patch =
                state.patchNow(bootId, facts.platform().kernel());
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
