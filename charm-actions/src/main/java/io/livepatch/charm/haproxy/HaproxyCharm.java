package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.DiskSpaceWarning;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.RetryAction;
import io.livepatch.charm.exec.Trial;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Runs haproxy in front of a related application. */
public final class HaproxyCharm implements Charm {
    private final CharmMetadata metadata;
    private final InstantSource clock;

    public HaproxyCharm(InstantSource clock) {
        this.clock = clock;
        this.metadata = HaproxyRules.metadata(clock);
    }

    @Override
    public CharmMetadata metadata() {
        return metadata;
    }

    @Override
    public Outcome reconcile(Unit unit) {
        HaproxyExecutor executor = new HaproxyExecutor(unit, clock);
        if (unit.leaving()) {
            Plan.execute(unit, () -> HaproxyPlan.leaving(unit), executor);
            return Outcome.finished();
        }
        Observer observer = new Observer(unit);
        UnitStatus status = status(observer, executor);
        DiskSpaceWarning.Measured disks = DiskSpaceWarning.watch()
                .of("configuration and log", HaproxyPaths.of(unit).directory())
                .measure();
        Outcome outcome = Outcome.of(disks.addTo(status), HaproxyExecutor.SERVICE)
                .with(new Outcome.Figures(disks.known(), observer.certificateEnds()));
        return Drains.running(unit) ? outcome.after(Drains.INTERVAL) : outcome;
    }

    private static UnitStatus status(Observer observer, HaproxyExecutor executor) {
        UnitStatus status;
        try {
            status = execute(observer, executor);
        } catch (CharmException.Blocked e) {
            // haproxy itself refuses the configuration, which only an attempt to apply it shows: the trial has a report
            // now.
            status = execute(observer, executor);
        }
        if (status.kind() == UnitStatus.Kind.ACTIVE) {
            Trial.keepOptions(observer.unit);
        }
        return status;
    }

    private static UnitStatus execute(Observer observer, HaproxyExecutor executor) {
        return Plan.execute(observer.unit, () -> HaproxyPlan.of(observer.observe()), executor);
    }

    /** Observes a unit, and keeps the last observation. */
    private final class Observer {
        private final Unit unit;
        private Optional<ObservedState> last = Optional.empty();

        Observer(Unit unit) {
            this.unit = unit;
        }

        ObservedState observe() {
            ObservedState state = ObservedState.of(unit, clock);
            last = Optional.of(state);
            return state;
        }

        Map<String, Instant> certificateEnds() {
            return last.flatMap(state -> state.certificates().displayed())
                    .map(certificate -> CertificateReport.CertificateMetrics.ends(
                            certificate, ObservedState.authorityEnd(unit, certificate)))
                    .orElse(Map.of());
        }
    }

    @Override
    public Map<String, Action> actions() {
        return Map.of(
                "get-certificate",
                this::certificate,
                "rotate-certificate-authority",
                (unit, call) -> AuthorityRotation.run(unit, call, clock.instant()),
                "get-configuration",
                (unit, _) -> ActionResult.of("configuration", configuration(unit)),
                "get-proxied-endpoints",
                this::endpoints,
                "retry",
                new RetryAction());
    }

    private ActionResult certificate(Unit unit, ActionCall call) {
        return ActionResult.of(CertificateReport.of(
                ObservedState.of(unit, clock).certificates(), TrustBundle.of(unit, clock.instant())));
    }

    private static String configuration(Unit unit) {
        return PrivateFile.read(HaproxyPaths.of(unit).configuration())
                .orElseThrow(() -> new CharmException("there is no configuration yet"));
    }

    private ActionResult endpoints(Unit unit, ActionCall call) {
        ObservedState state = ObservedState.of(unit, clock);
        Map<String, String> results = new LinkedHashMap<>();
        results.put("url", state.endpoint().url());
        state.servers()
                .forEach(server -> results.put(
                        server.haproxyName(), server.address() + ":" + server.port() + " " + server.state()));
        return ActionResult.of(results);
    }
}
