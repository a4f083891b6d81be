package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.DiskSpaceWarning;
import io.livepatch.charm.exec.RetryAction;
import io.livepatch.charm.exec.Trial;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Runs the live-patch server. */
public final class LivepatchCharm implements Charm {
    /** For all workers, one by one. */
    private static final Duration RESTART_LIMIT = Duration.ofMinutes(3);

    private static final RetryAction RETRY = new RetryAction();

    private final CharmMetadata metadata = LivepatchRules.METADATA;
    private final InstantSource clock;

    public LivepatchCharm(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public CharmMetadata metadata() {
        return metadata;
    }

    @Override
    public Outcome reconcile(Unit unit) {
        LivepatchExecutor executor = new LivepatchExecutor(unit, clock);
        if (unit.leaving()) {
            UnitStatus status = Plan.execute(unit, () -> Departure.plan(unit), executor);
            return Departure.finished(unit) ? Outcome.finished() : Outcome.of(status, LivepatchExecutor.SERVICE);
        }
        UnitStatus status = status(unit, executor);
        DiskSpaceWarning.Measured disks = PatchStorage.space(unit).measure();
        return Outcome.of(disks.addTo(status), LivepatchExecutor.SERVICE)
                .with(new Outcome.Figures(disks.known(), Map.of()));
    }

    private UnitStatus status(Unit unit, LivepatchExecutor executor) {
        UnitStatus status;
        try {
            status = execute(unit, executor);
        } catch (CharmException.Blocked e) {
            if (Trial.of(unit).refusal().isEmpty()) {
                throw e;
            }
            // The check has refused the configuration: the last good one is the target now.
            status = execute(unit, executor);
        }
        if (status.kind() == UnitStatus.Kind.ACTIVE) {
            Trial.keepOptions(unit);
        }
        return status;
    }

    private UnitStatus execute(Unit unit, LivepatchExecutor executor) {
        return Plan.execute(unit, () -> LivepatchPlan.of(ObservedState.of(unit, clock.instant())), executor);
    }

    @Override
    public Map<String, Long> dataCounts(Unit unit) {
        return PatchStorage.dataCounts(unit);
    }

    @Override
    public Map<String, Action> actions() {
        return Map.of(
                "schema-upgrade",
                this::upgradeSchema,
                "retry",
                RETRY,
                "restart",
                Action.within(RESTART_LIMIT, LivepatchCharm::restart),
                "set-basic-users",
                LivepatchCharm::setUsers,
                "get-admin-password",
                LivepatchCharm::adminPassword,
                "storage-status",
                StorageActions::status,
                "storage-verify",
                Action.within(StorageActions.LIMIT, StorageActions::verify),
                "storage-migrate",
                Action.within(StorageActions.LIMIT, StorageActions::migrate));
    }

    private ActionResult upgradeSchema(Unit unit, ActionCall call) {
        String said = new LivepatchExecutor(unit, clock).upgradeSchema();
        return ActionResult.of("output", said);
    }

    /** Begins the replacement of the workers, and is pending until all are replaced. */
    private static ActionAnswer restart(Unit unit, ActionCall call) {
        // A refused configuration is tried again: its reason, such as a port in use, may no longer exist.
        if (call.progress().containsKey(RetryAction.BEGUN)
                || (call.first() && Trial.of(unit).refusal().isPresent())) {
            return RETRY.run(unit, call);
        }
        Optional<ServiceState> state = unit.services().state(LivepatchExecutor.SERVICE);
        String down = "the server of '" + unit.name() + "' does not run; its status says why";
        if (!call.first()) {
            // After a crash of the substrate the server is started later than the action is asked again.
            return state.map(server ->
                            server.settled() ? ActionResult.of("restarted", "true") : replacing(server.problem()))
                    .orElseGet(() -> waiting(down));
        }
        if (state.isEmpty()) {
            throw new CharmException(down);
        }
        unit.services().restart(LivepatchExecutor.SERVICE);
        return replacing(Optional.empty());
    }

    private static ActionAnswer replacing(Optional<String> problem) {
        return waiting("the workers are replaced one by one; those that are not replaced yet keep serving"
                + problem.map(text -> ": " + text).orElse(""));
    }

    private static ActionAnswer waiting(String text) {
        return new ActionAnswer.Pending(text, Map.of("begun", "true"));
    }

    private static ActionResult setUsers(Unit unit, ActionCall call) {
        if (unit.config().text("auth.basic.users").isPresent()) {
            throw new CharmException("option auth.basic.users is set and takes precedence; reset it first: juju config "
                    + unit.application() + " --reset auth.basic.users");
        }
        int users = new AdminUsers(unit).replace(call.parameter("users"));
        return ActionResult.of("users-set", String.valueOf(users));
    }

    private static ActionResult adminPassword(Unit unit, ActionCall call) {
        if (unit.config().text("auth.basic.users").isPresent()) {
            throw new CharmException("option auth.basic.users is set, so the charm does not know a password");
        }
        String password = new AdminUsers(unit)
                .adminPassword()
                .orElseThrow(() ->
                        new CharmException("there is no password yet; it is created at the first start of the server"));
        return ActionResult.of("username", AdminUsers.ADMIN).withSecret("password", password);
    }
}
