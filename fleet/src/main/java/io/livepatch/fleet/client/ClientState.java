package io.livepatch.fleet.client;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.protocol.CheckInReport.PatchReport;
import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.ClientKey;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.OfferedPatch.PatchName;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import io.livepatch.fleet.protocol.ServerAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * What a machine remembers from command to command.
 *
 * @param madeMachineId made once, where {@code /etc/machine-id} is missing
 * @param enrolmentKey made once and kept for as long as this state, so that a machine can enrol again; each server is sent another one that
 *     is derived from it
 * @param patch how it stands with the patch it was last told to run; what is reported at a check-in
 * @param fetched the file it holds for that, or for the next one
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

    /** Where to go, and whom to believe. */
    record Server(String url, boolean allowHttp, Optional<String> caCerts) {
        ServerAddress address() {
            return ServerAddress.parse(url, allowHttp);
        }

        Optional<CaBundle> authorities() {
            return caCerts.map(CaBundle::parse);
        }
    }

    /** What the keys that this client sends when it enrols are made from. */
    record Key(String secret) {
        ClientKey key() {
            return new ClientKey(secret);
        }

        ClientKey at(Server server) {
            return key().at(server.address());
        }

        @Override
        public String toString() {
            return "***";
        }
    }

    /** What enrolment came to. */
    record Enrolled(String machineId, String machineToken, String tier, Instant at) {
        Credentials credentials() {
            return new Credentials(new MachineId(machineId), Credentials.token(machineToken));
        }

        @Override
        public String toString() {
            return "Enrolled[" + machineId + ", tier " + tier + "]";
        }
    }

    /** What the operator said the machine is, for simulation. */
    record Overrides(Optional<String> kernel, Optional<String> architecture) {
        Overrides or(Overrides other) {
            return new Overrides(kernel.or(other::kernel), architecture.or(other::architecture));
        }
    }

    /** How the last check-in went. */
    record LastCheck(Instant at, String state, String supported) {
        static final String CHECKED = "checked";
        static final String FAILED = "check-failed";
    }

    /**
     * One version, and its state in one life of the machine.
     *
     * @param bootId which life: a live patch is gone after a reboot
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

    /** The patch as it is in this life: what was applied before a reboot, or to another kernel, is applied no more. */
    Optional<Patch> patchNow(String bootId, KernelRelease kernel) {
        return patch.filter(
                some -> some.bootId().equals(bootId) && some.kernel().equals(kernel.text()));
    }

    /** Another server; a token is never shown to a server that did not give it. */
    ClientState withServer(Server now) {
        boolean same = server.filter(before -> before.url().equals(now.url())).isPresent();
        return new ClientState(
                Optional.of(now),
                madeMachineId,
                enrolmentKey,
                same ? enrolled : Optional.empty(),
                overrides,
                lastCheck,
                patch,
                fetched);
    }

    /** The same, which has a machine id and an enrolment key to come back with. */
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
