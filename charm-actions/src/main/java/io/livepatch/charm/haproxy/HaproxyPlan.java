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

    static Plan<HaproxyStep> of(Sight sight) {
        if (!sight.installed()) {
            return Plan.nothing(UnitStatus.blocked("haproxy is not installed; install the package haproxy"));
        }
        if (sight.obstacle().isPresent()) {
            return refused(
                    sight, warned(sight, UnitStatus.blocked(sight.obstacle().get())));
        }
        List<HaproxyStep> steps = new ArrayList<>();
        CertificateState certificates = sight.certificates();
        if (certificates.usable().isEmpty()) {
            return certificate(sight);
        }
        if (!sight.written()) {
            steps.add(new HaproxyStep.ApplyConfiguration(
                    sight.servers().stream().map(Server::name).toList()));
        }
        if (sight.service().isEmpty()) {
            steps.add(new HaproxyStep.StartHaproxy(sight.frontage().url()));
        }
        if (sight.written()) {
            certificates
                    .wrong()
                    .ifPresent(served -> steps.add(new HaproxyStep.ReloadCertificate(
                            served.sha1(), certificates.usable().get().sha1())));
        }
        if (!sight.published()) {
            steps.add(new HaproxyStep.Publish(sight.frontage().url()));
        }
        // Last, because it may fail: servers come and go meanwhile, and the certificate that is served is still good.
        certificates
                .renewal()
                .ifPresent(end -> steps.add(
                        new HaproxyStep.RenewCertificate(sight.frontage().subjectNames(), end)));
        return new Plan<>(steps, warned(sight, timely(sight, status(sight))));
    }

    /** A certificate that clients refuse is the operator's to replace, unless haproxy does not even run. */
    private static UnitStatus timely(Sight sight, UnitStatus status) {
        return status.kind() == UnitStatus.Kind.ERROR
                ? status
                : sight.certificates().timeProblem().map(UnitStatus::blocked).orElse(status);
    }

    private static UnitStatus warned(Sight sight, UnitStatus status) {
        List<String> warnings = sight.certificates().warnings();
        return warnings.isEmpty()
                ? status
                : new UnitStatus(status.kind(), status.message() + "; " + String.join("; ", warnings));
    }

    /** What runs keeps running, and after a restart the last good configuration runs again. */
    private static Plan<HaproxyStep> refused(Sight sight, UnitStatus why) {
        return sight.service().isEmpty() && sight.startable()
                ? new Plan<>(
                        List.of(new HaproxyStep.StartHaproxy(sight.frontage().url())), why)
                : Plan.nothing(why);
    }

    private static Plan<HaproxyStep> certificate(Sight sight) {
        if (sight.certificates().operators()) {
            return step(new HaproxyStep.InstallCertificate());
        }
        if (sight.certificates().authorityKnown()) {
            return step(new HaproxyStep.IssueCertificate(sight.frontage().subjectNames()));
        }
        return sight.leader()
                ? step(new HaproxyStep.MakeAuthority())
                : Plan.nothing(UnitStatus.waiting("Waiting for the leader to make a certificate authority"));
    }

    private static Plan<HaproxyStep> step(HaproxyStep step) {
        return new Plan<>(List.of(step), UnitStatus.maintenance("Configuring HAProxy"));
    }

    private static UnitStatus status(Sight sight) {
        if (sight.service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .isPresent()) {
            return UnitStatus.error("HAProxy is not running: "
                    + sight.service().flatMap(ServiceState::problem).orElse("it ended"));
        }
        if (!sight.answers()) {
            return UnitStatus.waiting("HAProxy is starting");
        }
        if (!sight.related()) {
            return UnitStatus.blocked("Waiting for reverseproxy relation to be established.");
        }
        boolean checkIns = sight.serving().contains(LivepatchRouting.CHECK_INS);
        boolean downloads = sight.serving().contains(LivepatchRouting.DOWNLOADS);
        if (sight.servers().isEmpty() || !(checkIns || downloads)) {
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
