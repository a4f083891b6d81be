package io.livepatch.fleet.client;

import io.livepatch.fleet.protocol.CheckInAnswer;
import io.livepatch.fleet.protocol.CheckInReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.protocol.LivepatchClient.DownloadedPatch;
import io.livepatch.fleet.protocol.LivepatchException;
import io.livepatch.fleet.protocol.OfferedPatch;
import io.livepatch.fleet.protocol.OfferedPatch.PatchName;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import io.livepatch.fleet.protocol.Ping;
import java.nio.file.Path;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * One refresh of a machine: check in, download, apply, report. Stores the state after each change, so that the next refresh continues
 * from there after a crash.
 */
final class Refresh {
    private final ClientContext clientContext;
    private final ClientDirectory home;
    private final LivepatchClient client;
    private final Credentials credentials;
    private final MachineFacts machine;
    private final CheckInReport facts;
    private ClientState state;

    Refresh(
            ClientContext clientContext,
            ClientDirectory home,
            LivepatchClient client,
            ClientState state,
            ClientState.Overrides overrides) {
        this.clientContext = clientContext;
        this.home = home;
        this.client = client;
        this.state = state;
        this.credentials =
                state.enrolled().orElseThrow(ClientException::notEnabled).credentials();
        this.machine = new MachineFacts(clientContext.root());
        this.facts = machine.report(machine.platform(overrides.or(state.overrides())));
    }

    /** Returns the exit code. */
    int run(Optional<PatchCommand> apply, Optional<PatchCommand> unapply) {
        save(state.withPatch(currentPatch()));
        CheckInAnswer checkInAnswer = checkIn();
        updateAuthorities();
        return switch (checkInAnswer) {
            case CheckInAnswer.NothingToDo() -> upToDate();
            case CheckInAnswer.Apply(OfferedPatch patch) -> fetch(patch, apply);
            case CheckInAnswer.Unapply(PatchVersion version, String reason) -> unapply(version, reason, unapply);
        };
    }

    private CheckInAnswer checkIn() {
        try {
            CheckInAnswer checkInAnswer = client.checkIn(credentials, report());
            save(state.withLastCheck(new ClientState.LastCheck(
                    clientContext.clock().instant(), ClientState.LastCheck.CHECKED, support())));
            return checkInAnswer;
        } catch (LivepatchException e) {
            String before =
                    state.lastCheck().map(ClientState.LastCheck::supported).orElse("unknown");
            save(state.withLastCheck(
                    new ClientState.LastCheck(clientContext.clock().instant(), ClientState.LastCheck.FAILED, before)));
            throw e;
        }
    }

    /** The support status of the kernel; a failure is not an error. */
    private String support() {
        try {
            return client.kernelSupport(facts.platform());
        } catch (LivepatchException.Interrupted e) {
            throw e;
        } catch (LivepatchException e) {
            return "unknown";
        }
    }

    /**
     * Stores the CA certificates that the server publishes, so that its next CA is trusted before it is used. A failure is not an error. A
     * machine that trusts the system's CAs gets new ones with the system.
     */
    private void updateAuthorities() {
        ClientState.Server server = state.server().orElseThrow();
        if (server.caCerts().isEmpty()) {
            return;
        }
        try {
            Optional<ClientState.Server> updated = client.publishedAuthorities().map(server::withPublished);
            if (updated.isPresent() && !updated.get().equals(server)) {
                save(state.withServer(updated.get()));
                clientContext.out().println("the CA certificates that the server publishes are trusted now");
            }
        } catch (LivepatchException.Interrupted e) {
            throw e;
        } catch (LivepatchException e) {
            clientContext.error("the CA certificates that the server publishes are not taken: " + e.getMessage());
        }
    }

    private int upToDate() {
        clientContext
                .out()
                .println(currentPatch()
                        .map(patch -> "nothing to do: patch %s is %s".formatted(patch.version(), patch.state()))
                        .orElse("nothing to do: no patch for kernel '"
                                + facts.platform().kernel() + "' in this tier"));
        return Main.OK;
    }

    private int fetch(OfferedPatch offered, Optional<PatchCommand> apply) {
        DownloadedPatch downloaded = download(offered);
        OfferedPatch patch = downloaded.patch();
        save(state.withFetched(Optional.of(patch.name().fileName())));
        clientContext.out().println("downloaded '%s' (sha256 %s)".formatted(downloaded.file(), patch.sha256()));
        if (apply.isEmpty()) {
            if (currentPatch().isEmpty()) {
                storePatch(patch.version(), PatchState.UNAPPLIED);
            }
            clientContext
                    .out()
                    .println(
                            "the patch is not applied: give the command with livepatch-client refresh --apply-command CMD");
            return Main.OK;
        }
        ping(Ping.Type.PING_BEFORE, patch.version(), Optional.empty(), Optional.empty());
        Optional<String> problem =
                apply.get().run("apply", downloaded.file(), patch.version().text(), facts.platform());
        return report(patch.version(), PatchState.APPLIED, problem);
    }

    /** Reports a wrong digest to the server, which then verifies the patch on all units. */
    private DownloadedPatch download(OfferedPatch patch) {
        try {
            return downloadWithProgress(patch);
        } catch (LivepatchException.CorruptPatch e) {
            ping(Ping.Type.PING_DIGEST, patch.version(), Optional.empty(), Optional.ofNullable(e.getMessage()));
            throw e;
        }
    }

    private DownloadedPatch downloadWithProgress(OfferedPatch patch) {
        if (!clientContext.terminal()) {
            clientContext.err().println("downloading '%s', %d bytes".formatted(patch.name(), patch.size()));
            return client.download(patch, home.patches(), this::checkIn, received -> {});
        }
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("patch " + patch.version())
                .setInitialMax(patch.size())
                .setUnit(" KiB", 1024)
                .setStyle(ProgressBarStyle.ASCII)
                .build()) {
            return client.download(patch, home.patches(), this::checkIn, bar::stepTo);
        }
    }

    private int unapply(PatchVersion version, String reason, Optional<PatchCommand> unapply) {
        clientContext.out().println("patch %s is withdrawn: %s".formatted(version, reason));
        if (unapply.isEmpty()) {
            clientContext.out().println("unapply it with livepatch-client refresh --unapply-command CMD, or reboot");
            return Main.OK;
        }
        Path file = home.patches().resolve(PatchName.text(facts.platform(), version));
        Optional<String> problem = unapply.get().run("unapply", file, version.text(), facts.platform());
        return report(version, PatchState.UNAPPLIED, problem);
    }

    /** Stores the result of a command first, so that the next check-in reports it if the server is unavailable now. */
    private int report(PatchVersion version, PatchState desired, Optional<String> problem) {
        PatchState failed = desired == PatchState.APPLIED ? PatchState.APPLY_FAILED : PatchState.APPLIED;
        PatchState now = problem.isEmpty() ? desired : failed;
        storePatch(version, now);
        ping(problem.isEmpty() ? Ping.Type.PING_AFTER : Ping.Type.PING_ERR, version, Optional.of(now), problem);
        try {
            client.checkIn(credentials, report());
        } catch (LivepatchException.Unreachable | LivepatchException.Refused e) {
            clientContext.error("the result is not reported yet, the next refresh will report it: " + e.getMessage());
        }
        if (problem.isPresent()) {
            clientContext.error("patch %s is %s: %s".formatted(version, now.wire(), problem.get()));
            return Main.FAILED;
        }
        clientContext.out().println("patch %s is %s".formatted(version, now.wire()));
        return Main.OK;
    }

    private void ping(Ping.Type type, PatchVersion version, Optional<PatchState> patchState, Optional<String> message) {
        try {
            client.ping(credentials, new Ping(type, facts.platform().kernel(), version, patchState, message));
        } catch (LivepatchException.Unreachable | LivepatchException.Refused e) {
            clientContext.error(String.valueOf(e.getMessage()));
        }
    }

    private CheckInReport report() {
        return facts.withPatch(currentPatch().map(ClientState.Patch::report));
    }

    private Optional<ClientState.Patch> currentPatch() {
        return state.currentPatch(machine.bootId(), facts.platform().kernel());
    }

    private void storePatch(PatchVersion version, PatchState now) {
        save(state.withPatch(Optional.of(new ClientState.Patch(
                version.text(), now.wire(), facts.platform().kernel().text(), machine.bootId()))));
    }

    private void save(ClientState next) {
        state = next;
        home.write(next);
    }
}
