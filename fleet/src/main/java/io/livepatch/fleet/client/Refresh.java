package io.livepatch.fleet.client;

import io.livepatch.fleet.protocol.CheckInAnswer;
import io.livepatch.fleet.protocol.CheckInReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.DownloadListener;
import io.livepatch.fleet.protocol.DownloadedPatch;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.protocol.LivepatchException;
import io.livepatch.fleet.protocol.OfferedPatch;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import io.livepatch.fleet.protocol.Ping;
import java.nio.file.Path;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * One turn of a machine: ask, fetch, have it applied, say how that went. The state is saved after each step that changes
 * something, so the next turn goes on from there also after a crash.
 */
final class Refresh {
    private final ClientContext clientContext;
    private final ClientDirectory home;
    private final LivepatchClient client;
    private final Credentials credentials;
    private final Machine machine;
    private final CheckInReport facts;
    private ClientState state;

    Refresh(
            ClientContext clientContext,
            ClientDirectory home,
            LivepatchClient client,
            ClientState state,
            ClientState.Overrides said) {
        this.clientContext = clientContext;
        this.home = home;
        this.client = client;
        this.state = state;
        this.credentials =
                state.enrolled().orElseThrow(ClientException::notEnabled).credentials();
        this.machine = new Machine(clientContext.root());
        this.facts = machine.report(machine.platform(said.or(state.overrides())));
    }

    /** Answers the exit code. */
    int run(Optional<PatchCommand> apply, Optional<PatchCommand> unapply) {
        save(state.withPatch(patchNow()));
        CheckInAnswer checkInAnswer = checkIn();
        return switch (checkInAnswer) {
            case CheckInAnswer.NothingToDo() -> upToDate();
            case CheckInAnswer.Apply(OfferedPatch patch) -> fetch(patch, apply);
            case CheckInAnswer.Unapply(PatchVersion version, String reason) -> withdraw(version, reason, unapply);
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

    /** Nice to know, and no reason to fail. */
    private String support() {
        try {
            return client.kernelSupport(facts.platform());
        } catch (LivepatchException.Interrupted e) {
            throw e;
        } catch (LivepatchException e) {
            return "unknown";
        }
    }

    private int upToDate() {
        clientContext
                .out()
                .println(patchNow()
                        .map(patch -> "nothing to do: patch %s is %s".formatted(patch.version(), patch.state()))
                        .orElse("nothing to do: no patch for kernel '"
                                + facts.platform().kernel() + "' in this tier"));
        return Program.OK;
    }

    private int fetch(OfferedPatch offered, Optional<PatchCommand> apply) {
        DownloadedPatch downloaded = download(offered);
        OfferedPatch patch = downloaded.patch();
        save(state.withFetched(Optional.of(patch.name().fileName())));
        clientContext.out().println("fetched '%s' (sha256 %s)".formatted(downloaded.file(), patch.sha256()));
        if (apply.isEmpty()) {
            if (patchNow().isEmpty()) {
                remember(patch.version(), PatchState.UNAPPLIED);
            }
            clientContext
                    .out()
                    .println(
                            "nothing was loaded into the kernel: say how with livepatch-client refresh --apply-command CMD");
            return Program.OK;
        }
        ping(Ping.Type.PING_BEFORE, patch.version(), Optional.empty(), Optional.empty());
        Optional<String> problem =
                apply.get().run("apply", downloaded.file(), patch.version().text(), facts.platform());
        return tell(patch.version(), PatchState.APPLIED, problem);
    }

    /** Wrong bytes are told to the server, which then checks the patch on all units. */
    private DownloadedPatch download(OfferedPatch patch) {
        try {
            return fetched(patch);
        } catch (LivepatchException.CorruptPatch e) {
            ping(Ping.Type.PING_DIGEST, patch.version(), Optional.empty(), Optional.ofNullable(e.getMessage()));
            throw e;
        }
    }

    private DownloadedPatch fetched(OfferedPatch patch) {
        if (!clientContext.terminal()) {
            clientContext.err().println("fetching '%s', %d bytes".formatted(patch.name(), patch.size()));
            return client.download(patch, home.patches(), this::checkIn, DownloadListener.SILENT);
        }
        try (DownloadProgress downloadProgress = new DownloadProgress("patch " + patch.version(), patch.size())) {
            return client.download(patch, home.patches(), this::checkIn, downloadProgress);
        }
    }

    private int withdraw(PatchVersion version, String reason, Optional<PatchCommand> unapply) {
        clientContext.out().println("patch %s is withdrawn: %s".formatted(version, reason));
        if (unapply.isEmpty()) {
            clientContext
                    .out()
                    .println("unload it, say how with livepatch-client refresh --unapply-command CMD, or reboot");
            return Program.OK;
        }
        Path file = home.patches().resolve(fileName(version));
        Optional<String> problem = unapply.get().run("unapply", file, version.text(), facts.platform());
        return tell(version, PatchState.UNAPPLIED, problem);
    }

    private String fileName(PatchVersion version) {
        return "livepatch-%s-%s-%s.tar.bz2"
                .formatted(facts.platform().kernel(), version, facts.platform().architecture());
    }

    /** Saves how a command went first, so that the next check-in says it even if the server cannot be told now. */
    private int tell(PatchVersion version, PatchState wanted, Optional<String> problem) {
        PatchState failed = wanted == PatchState.APPLIED ? PatchState.APPLY_FAILED : PatchState.APPLIED;
        PatchState now = problem.isEmpty() ? wanted : failed;
        remember(version, now);
        ping(problem.isEmpty() ? Ping.Type.PING_AFTER : Ping.Type.PING_ERR, version, Optional.of(now), problem);
        try {
            client.checkIn(credentials, report());
        } catch (LivepatchException.Unreachable | LivepatchException.Refused e) {
            clientContext
                    .err()
                    .println("livepatch-client: told the server nothing yet, the next refresh will: " + e.getMessage());
        }
        if (problem.isPresent()) {
            clientContext
                    .err()
                    .println("livepatch-client: patch %s is %s: %s".formatted(version, now.wire(), problem.get()));
            return Program.FAILED;
        }
        clientContext.out().println("patch %s is %s".formatted(version, now.wire()));
        return Program.OK;
    }

    private void ping(Ping.Type type, PatchVersion version, Optional<PatchState> patchState, Optional<String> message) {
        try {
            client.ping(credentials, new Ping(type, facts.platform().kernel(), version, patchState, message));
        } catch (LivepatchException.Unreachable | LivepatchException.Refused e) {
            clientContext.err().println("livepatch-client: " + e.getMessage());
        }
    }

    private CheckInReport report() {
        return facts.withPatch(patchNow().map(ClientState.Patch::report));
    }

    private Optional<ClientState.Patch> patchNow() {
        return state.patchNow(machine.bootId(), facts.platform().kernel());
    }

    private void remember(PatchVersion version, PatchState now) {
        save(state.withPatch(Optional.of(new ClientState.Patch(
                version.text(), now.wire(), facts.platform().kernel().text(), machine.bootId()))));
    }

    private void save(ClientState next) {
        state = next;
        home.write(next);
    }

    /** Draws the progress of a download on the terminal. */
    private static final class DownloadProgress implements DownloadListener, AutoCloseable {
        private final ProgressBar bar;

        DownloadProgress(String name, long size) {
            bar = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(size)
                    .setUnit(" KiB", 1024)
                    .setStyle(ProgressBarStyle.ASCII)
                    .build();
        }

        @Override
        public void progress(long have, long size) {
            bar.stepTo(have);
        }

        @Override
        public void close() {
            bar.close();
        }
    }
}
