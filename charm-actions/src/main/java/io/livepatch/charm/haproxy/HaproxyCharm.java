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
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

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
        UnitStatus status = DiskSpaceWarning.watch()
                .of("configuration and log", HaproxyPaths.of(unit).directory())
                .addTo(status(unit, executor));
        Outcome outcome = Outcome.of(status, HaproxyExecutor.SERVICE);
        return Drains.running(unit) ? outcome.after(Drains.INTERVAL) : outcome;
    }

    private UnitStatus status(Unit unit, HaproxyExecutor executor) {
        try {
            return Plan.execute(unit, () -> HaproxyPlan.of(ObservedState.of(unit, clock)), executor);
        } catch (CharmException.Blocked e) {
            // haproxy itself refuses the configuration, which only an attempt to apply it shows.
            UnitStatus refused = UnitStatus.blocked(String.valueOf(e.getMessage()));
            return Plan.execute(unit, () -> HaproxyPlan.refused(ObservedState.of(unit, clock), refused), executor);
        }
    }

    @Override
    public Map<String, Action> actions() {
        return Map.of(
                "get-certificate", this::certificate,
                "get-configuration", (unit, _) -> ActionResult.of("configuration", configuration(unit)),
                "get-proxied-endpoints", this::endpoints);
    }

    private ActionResult certificate(Unit unit, ActionCall call) {
        return ActionResult.of(CertificateReport.of(
                ObservedState.of(unit, clock).certificates(), CertificateAuthority.certificate(unit)));
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
