package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.haproxy.model.Server;
import java.util.ArrayList;
import java.util.List;

/** What to do next, from what is seen. Pure. */
final class HaproxyPlan {
    private HaproxyPlan() {}

    static Plan<HaproxyStep> of(ObservedState observedState) {
        if (!observedState.installed()) {
            return Plan.nothing(UnitStatus.blocked("haproxy is not installed; install the package haproxy"));
        }
        if (observedState.obstacle().isPresent()) {
            return refused(
                    observedState,
                    warned(
                            observedState,
                            UnitStatus.blocked(observedState.obstacle().get())));
        }
        List<HaproxyStep> steps = new ArrayList<>();
        CertificateState certificates = observedState.certificates();
        if (certificates.usable().isEmpty()) {
            return certificate(observedState);
        }
        if (!observedState.written()) {
            steps.add(new HaproxyStep.ApplyConfiguration(
                    observedState.servers().stream().map(Server::name).toList()));
        }
        if (observedState.service().isEmpty()) {
            steps.add(new HaproxyStep.StartHaproxy(observedState.frontage().url()));
        }
        if (observedState.written()) {
            certificates
                    .wrong()
                    .ifPresent(served -> steps.add(new HaproxyStep.ReloadCertificate(
                            served.sha1(), certificates.usable().get().sha1())));
        }
        if (!observedState.published()) {
            steps.add(new HaproxyStep.Publish(observedState.frontage().url()));
        }
        // Last, because it may fail: servers come and go meanwhile, and the certificate that is served is still good.
        certificates
                .renewal()
                .ifPresent(end -> steps.add(new HaproxyStep.RenewCertificate(
                        observedState.frontage().subjectNames(), end)));
        return new Plan<>(steps, warned(observedState, timely(observedState, status(observedState))));
    }

    /** A certificate that clients refuse is the operator's to replace, unless haproxy does not even run. */
    private static UnitStatus timely(ObservedState observedState, UnitStatus status) {
        return status.kind() == UnitStatus.Kind.ERROR
                ? status
                : observedState
                        .certificates()
                        .timeProblem()
                        .map(UnitStatus::blocked)
                        .orElse(status);
    }

    private static UnitStatus warned(ObservedState observedState, UnitStatus status) {
        List<String> warnings = observedState.certificates().warnings();
        return warnings.isEmpty()
                ? status
                : new UnitStatus(status.kind(), status.message() + "; " + String.join("; ", warnings));
    }

    /** What runs keeps running, and after a restart the last good configuration runs again. */
    private static Plan<HaproxyStep> refused(ObservedState observedState, UnitStatus why) {
        return observedState.service().isEmpty() && observedState.startable()
                ? new Plan<>(
                        List.of(new HaproxyStep.StartHaproxy(
                                observedState.frontage().url())),
                        why)
                : Plan.nothing(why);
    }

    private static Plan<HaproxyStep> certificate(ObservedState observedState) {
        if (observedState.certificates().operators()) {
            return step(new HaproxyStep.InstallCertificate());
        }
        if (observedState.certificates().authorityKnown()) {
            return step(
                    new HaproxyStep.IssueCertificate(observedState.frontage().subjectNames()));
        }
        return observedState.leader()
                ? step(new HaproxyStep.MakeAuthority())
                : Plan.nothing(UnitStatus.waiting("Waiting for the leader to make a certificate authority"));
    }

    private static Plan<HaproxyStep> step(HaproxyStep step) {
        return new Plan<>(List.of(step), UnitStatus.maintenance("Configuring HAProxy"));
    }

    private static UnitStatus status(ObservedState observedState) {
        if (observedState
                .service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .isPresent()) {
            return UnitStatus.error("HAProxy is not running: "
                    + observedState.service().flatMap(ServiceState::problem).orElse("it ended"));
        }
        if (!observedState.answers()) {
            return UnitStatus.waiting("HAProxy is starting");
        }
        if (!observedState.related()) {
            return UnitStatus.blocked("Waiting for reverseproxy relation to be established.");
        }
        boolean checkIns = observedState.serving().contains(LivepatchRouting.CHECK_INS);
        boolean downloads = observedState.serving().contains(LivepatchRouting.DOWNLOADS);
        if (observedState.servers().isEmpty() || !(checkIns || downloads)) {
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
