package io.livepatch.fleet.client;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.CheckInReport.PatchReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.ClientKey;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.protocol.OfferedPatch.PatchName;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import io.livepatch.fleet.protocol.ServerAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * The stored state of a machine.
 *
 * @param madeMachineId generated once, if {@code /etc/machine-id} is missing
 * @param enrolmentKey generated once, so that the machine can enrol again; the key that a server gets is derived from it
 * @param patch the last offered patch and its state, which a check-in reports
 * @param fetched the file name of the downloaded patch
 */
record ClientState(
        Optional<Server> server,
        Optional<String> madeMachineId,
        Optional<Key> enrolmentKey,
        Optional<Enrolled> enrolled,
        Overrides overrides,
        Optional<LastCheck> lastCheck,
        Optional<Patch> patch,
        Optional<String> fetched) {

    static final ClientState NEW = new ClientState(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            new Overrides(Optional.empty(), Optional.empty()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    ClientState {
        fetched.ifPresent(PatchName::new);
        madeMachineId.ifPresent(MachineId::new);
    }

    /**
     * The server and the CAs to trust, in PEM.
     *
     * @param caCerts the operator's; empty for those of the system
     * @param publishedCaCerts what the server published, see {@link LivepatchClient#publishedAuthorities}; trusted besides the operator's
     */
    record Server(String url, boolean allowHttp, Optional<String> caCerts, Optional<String> publishedCaCerts) {
        ServerAddress address() {
            return ServerAddress.parse(url, allowHttp);
        }

        Optional<CaBundle> authorities() {
            return caCerts.map(pem -> CaBundle.parse(pem + "\n" + publishedCaCerts.orElse("")));
        }

        Server withPublished(CaBundle published) {
            return new Server(url, allowHttp, caCerts, Optional.of(published.pem()));
        }
    }

    /** The key from which the key for each server is derived. */
    record Key(String secret) {
        ClientKey key() {
            return new ClientKey(secret);
        }

        ClientKey forServer(Server server) {
            return key().forServer(server.address());
        }

        @Override
        public String toString() {
            return "***";
        }
    }

    /** The result of the enrolment. */
    record Enrolled(String machineId, String machineToken, String tier, Instant at) {
        Credentials credentials() {
            return new Credentials(new MachineId(machineId), Credentials.token(machineToken));
        }

        @Override
        public String toString() {
            return "Enrolled[" + machineId + ", tier " + tier + "]";
        }
    }

    /** Values that the operator gave in place of the detected ones. */
    record Overrides(Optional<String> kernel, Optional<String> architecture) {
        Overrides or(Overrides other) {
            return new Overrides(kernel.or(other::kernel), architecture.or(other::architecture));
        }
    }

    /** The result of the last check-in. */
    record LastCheck(Instant at, String state, String supported) {
        static final String CHECKED = "checked";
        static final String FAILED = "check-failed";
    }

    /**
     * A version and its state since one boot.
     *
     * @param bootId identifies the boot, since a reboot removes a live patch
     */
    record Patch(String version, String state, String kernel, String bootId) {
        Patch {
            new PatchVersion(version);
            new KernelRelease(kernel);
        }

        PatchReport report() {
            return new PatchReport(new PatchVersion(version), PatchState.of(state));
        }
    }

    /** The patch, unless the machine has rebooted or runs another kernel since. */
    Optional<Patch> currentPatch(String bootId, KernelRelease kernel) {
        return patch.filter(
                some -> some.bootId().equals(bootId) && some.kernel().equals(kernel.text()));
    }

    /** Replaces the server. Drops the enrolment if the URL changes, since a token is sent only to the server that issued it. */
    ClientState withServer(Server replacement) {
        boolean same =
                server.filter(before -> before.url().equals(replacement.url())).isPresent();
        return new ClientState(
                Optional.of(replacement),
                madeMachineId,
                enrolmentKey,
                same ? enrolled : Optional.empty(),
                overrides,
                lastCheck,
                patch,
                fetched);
    }

    ClientState withIdentity(Optional<String> madeId, ClientKey key) {
        return new ClientState(
                server, madeId, Optional.of(new Key(key.reveal())), enrolled, overrides, lastCheck, patch, fetched);
    }

    ClientState withEnrolled(Optional<Enrolled> now, Overrides said) {
        return new ClientState(server, madeMachineId, enrolmentKey, now, said, lastCheck, patch, fetched);
    }

    ClientState withLastCheck(LastCheck now) {
        return new ClientState(
                server, madeMachineId, enrolmentKey, enrolled, overrides, Optional.of(now), patch, fetched);
    }

    ClientState withPatch(Optional<Patch> now) {
        return new ClientState(server, madeMachineId, enrolmentKey, enrolled, overrides, lastCheck, now, fetched);
    }

    ClientState withFetched(Optional<String> now) {
        return new ClientState(server, madeMachineId, enrolmentKey, enrolled, overrides, lastCheck, patch, now);
    }
}
