package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import io.livepatch.haproxy.model.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Derives the next steps and the status from the observed state. Pure. */
final class HaproxyPlan {
    private HaproxyPlan() {}

    static Plan<HaproxyExecutor> of(ObservedState state) {
        if (!state.installed()) {
            return Plan.nothing(UnitStatus.blocked("haproxy is not installed; install the package haproxy"));
        }
        if (state.obstacle().isPresent()) {
            return refused(
                    state,
                    withWarnings(state, UnitStatus.blocked(state.obstacle().get())));
        }
        List<Plan.Step<HaproxyExecutor>> steps = new ArrayList<>();
        CertificateState certificates = state.certificates();
        if (certificates.usable().isEmpty()) {
            return certificate(state);
        }
        if (state.report().isPresent()) {
            return refused(
                    state, withWarnings(state, refusal(state, state.report().get())));
        }
        if (state.verdict() instanceof Verdict.Refused(String reason)) {
            return new Plan<>(
                    List.of(new Plan.Step<>(
                            "go back to the last good configuration: " + reason, executor -> executor.refuse(reason))),
                    UnitStatus.maintenance("going back"));
        }
        steps.addAll(authority(state));
        if (!state.written()) {
            String servers = state.servers().stream().map(Server::name).collect(Collectors.joining(", "));
            steps.add(new Plan.Step<>(
                    "apply a configuration with " + (servers.isEmpty() ? "no server" : servers),
                    HaproxyExecutor::applyConfiguration));
        }
        if (state.service().isEmpty()) {
            steps.add(start(state));
        }
        // After a reload with other ports, which haproxy has then. It needs no new process.
        if (state.written()
                && state.service()
                        .filter(it -> !it.reservedPorts().equals(state.listening()))
                        .isPresent()) {
            steps.add(new Plan.Step<>("keep haproxy's ports from other users", HaproxyExecutor::start));
        }
        if (state.written() && state.answers() && !state.proven()) {
            steps.add(new Plan.Step<>("keep haproxy.cfg as the last good one", HaproxyExecutor::keepAsLastGood));
        }
        if (state.written()) {
            certificates
                    .mismatch()
                    .ifPresent(served -> steps.add(new Plan.Step<>(
                            "reload haproxy, which serves certificate " + served.sha1() + " instead of "
                                    + certificates.usable().get().sha1(),
                            HaproxyExecutor::reloadCertificate)));
        }
        if (!state.unpublished().isEmpty()) {
            String drained = state.drains().drained();
            steps.add(
                    drained.equals(Drains.NONE)
                            ? new Plan.Step<>(
                                    "publish " + state.endpoint().url(),
                                    executor -> executor.publish(state.unpublished()))
                            : drained(state.unpublished(), drained));
        }
        // Last, because a failure ends the round: the served certificate is still valid, and the other steps do not
        // depend on it.
        List<String> names = state.endpoint().subjectNames();
        certificates
                .renewal()
                .ifPresent(end -> steps.add(new Plan.Step<>(
                        "renew the certificate, which ends on " + end + ", for " + String.join(", ", names),
                        executor -> executor.renewCertificate(names, end))));
        return new Plan<>(steps, withWarnings(state, withTimeProblem(state, status(state))));
    }

    /** Withdraws from the units behind it, which then no longer wait for it, and stops haproxy. */
    static Plan<HaproxyExecutor> leaving(Unit unit) {
        List<Plan.Step<HaproxyExecutor>> steps = new ArrayList<>();
        if (unit.relations("reverseproxy").stream()
                .anyMatch(relation -> !relation.unitBag().isEmpty())) {
            steps.add(new Plan.Step<>("withdraw from the reverseproxy relation", HaproxyExecutor::withdraw));
        }
        if (unit.services().state(HaproxyExecutor.SERVICE).isPresent()) {
            steps.add(new Plan.Step<>("stop haproxy", HaproxyExecutor::stop));
        }
        return new Plan<>(steps, UnitStatus.maintenance("stopping"));
    }

    /**
     * Blocked while the certificate is outside its validity, because the operator has to replace it; an error is reported first.
     */
    private static UnitStatus withTimeProblem(ObservedState state, UnitStatus status) {
        return status.kind() == UnitStatus.Kind.ERROR
                ? status
                : state.certificates().timeProblem().map(UnitStatus::blocked).orElse(status);
    }

    private static UnitStatus withWarnings(ObservedState state, UnitStatus status) {
        List<String> warnings = state.certificates().warnings();
        return warnings.isEmpty()
                ? status
                : new UnitStatus(status.kind(), status.message() + "; " + String.join("; ", warnings));
    }

    /**
     * The plan while the wanted configuration is refused: the running one stays; after a restart of the machine the last good one is
     * started. Units that leave are drained all the same, since they wait for it.
     */
    static Plan<HaproxyExecutor> refused(ObservedState state, UnitStatus why) {
        List<Plan.Step<HaproxyExecutor>> steps = new ArrayList<>(authority(state));
        if (state.report().isPresent() && state.written() && !state.proven()) {
            steps.add(new Plan.Step<>("write the last good haproxy.cfg", HaproxyExecutor::restoreLastGood));
        }
        if (state.service().isEmpty() && state.startable()) {
            steps.add(start(state));
        }
        List<Server.Ref> undrained = state.drains().undrained();
        if (!undrained.isEmpty()) {
            steps.add(new Plan.Step<>(
                    "drain these in the configuration that runs: "
                            + undrained.stream().map(Server.Ref::toString).collect(Collectors.joining(", ")),
                    executor -> executor.drain(undrained)));
        }
        String drained = state.unpublished().getOrDefault(Drains.DRAINED, Drains.NONE);
        if (!drained.equals(Drains.NONE)) {
            steps.add(drained(Map.of(Drains.DRAINED, drained), drained));
        }
        return new Plan<>(steps, why);
    }

    /** By the leader, also while a configuration is refused: machines need their time to learn the next authority. */
    private static List<Plan.Step<HaproxyExecutor>> authority(ObservedState state) {
        List<Plan.Step<HaproxyExecutor>> steps = new ArrayList<>();
        if (state.leader()) {
            switch (state.certificates().authorityDue()) {
                case NOTHING -> {}
                case PUBLISH_NEXT ->
                    steps.add(new Plan.Step<>(
                            "make the certificate authority that follows the current one",
                            HaproxyExecutor::makeNextAuthority));
                case RETIRE_CURRENT ->
                    steps.add(new Plan.Step<>(
                            "retire the certificate authority that was replaced", HaproxyExecutor::retireAuthority));
            }
        }
        state.unpublishedTrust()
                .ifPresent(bundle -> steps.add(new Plan.Step<>(
                        "publish the CA certificates to the reverseproxy relation",
                        executor -> executor.publishTrust(bundle))));
        return steps;
    }

    private static UnitStatus refusal(ObservedState state, Trial.Report report) {
        return state.startable() || state.service().isPresent()
                ? report.status(state.service()
                        .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                        .map(it -> it.problem().orElse("haproxy ended")))
                : report.status();
    }

    private static Plan.Step<HaproxyExecutor> drained(Map<String, String> entries, String names) {
        return new Plan.Step<>("publish that these are drained: " + names, executor -> executor.publish(entries));
    }

    private static Plan.Step<HaproxyExecutor> start(ObservedState state) {
        return new Plan.Step<>("start haproxy at " + state.endpoint().url(), HaproxyExecutor::start);
    }

    private static Plan<HaproxyExecutor> certificate(ObservedState state) {
        if (state.certificates().provided()) {
            return configuring("install the operator's certificate", HaproxyExecutor::installProvidedCertificate);
        }
        if (state.certificates().authority().isPresent()) {
            List<String> names = state.endpoint().subjectNames();
            return configuring(
                    "issue a certificate for " + String.join(", ", names),
                    executor -> executor.issueCertificate(names));
        }
        return state.leader()
                ? configuring("make a private certificate authority", HaproxyExecutor::makeAuthority)
                : Plan.nothing(UnitStatus.waiting("Waiting for the leader to make a certificate authority"));
    }

    private static Plan<HaproxyExecutor> configuring(String text, Consumer<HaproxyExecutor> action) {
        return new Plan<>(List.of(new Plan.Step<>(text, action)), UnitStatus.maintenance("Configuring HAProxy"));
    }

    private static UnitStatus status(ObservedState state) {
        if (state.service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .isPresent()) {
            return UnitStatus.error("HAProxy is not running: "
                    + state.service().flatMap(ServiceState::problem).orElse("it ended"));
        }
        if (!state.answers()) {
            return UnitStatus.waiting("HAProxy is starting");
        }
        if (!state.related()) {
            return UnitStatus.blocked("Waiting for reverseproxy relation to be established.");
        }
        boolean checkIns = state.serving().contains(LivepatchRouting.CHECK_INS);
        boolean downloads = state.serving().contains(LivepatchRouting.DOWNLOADS);
        if (state.servers().isEmpty() || !(checkIns || downloads)) {
            return UnitStatus.waiting("Waiting for a server to be ready");
        }
        if (!checkIns) {
            return UnitStatus.waiting("No unit can take check-ins, downloads go on; the units' status says why");
        }
        return downloads
                ? UnitStatus.active("Unit is ready")
                : UnitStatus.waiting("No unit can send patches, check-ins go on; the units' status says why");
    }
}
