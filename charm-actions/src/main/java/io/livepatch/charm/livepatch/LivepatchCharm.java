package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitStatus;
import java.util.Map;

/** Runs the live-patch server. */
public final class LivepatchCharm implements Charm {
    private final CharmMetadata metadata = LivepatchRules.METADATA;

    @Override
    public CharmMetadata metadata() {
        return metadata;
    }

    @Override
    public UnitStatus reconcile(Unit unit) {
        return PatchStorage.space(unit)
                .addTo(Plan.execute(unit, () -> LivepatchPlan.of(ObservedState.of(unit)), new LivepatchExecutor(unit)));
    }

    @Override
    public void remove(Unit unit) {
        unit.services().stop(LivepatchExecutor.SERVICE);
    }

    @Override
    public Map<String, Long> dataCounts(Unit unit) {
        return PatchStorage.dataCounts(unit);
    }

    @Override
    public Map<String, Action> actions() {
        return Map.of(
                "schema-upgrade", LivepatchCharm::upgradeSchema,
                "restart", LivepatchCharm::restart,
                "set-basic-users", LivepatchCharm::setUsers,
                "get-admin-password", LivepatchCharm::adminPassword,
                "storage-status", StorageActions::status,
                "storage-verify", StorageActions::verify,
                "storage-migrate", StorageActions::migrate);
    }

    private static ActionResult upgradeSchema(Unit unit, Map<String, String> parameters) {
        String said = new LivepatchExecutor(unit).upgradeSchema();
        return ActionResult.of("output", said);
    }

    private static ActionResult restart(Unit unit, Map<String, String> parameters) {
        if (unit.services().state(LivepatchExecutor.SERVICE).isEmpty()) {
            throw new CharmException("the server of '" + unit.name() + "' does not run; its status says why");
        }
        // A refused configuration is retried: its reason, such as a port in use, may no longer exist.
        boolean refused = unit.services()
                        .state(LivepatchExecutor.SERVICE)
                        .filter(it -> it.fingerprint().startsWith(LastGoodConfig.REFUSED))
                        .isPresent()
                && LivepatchRules.METADATA.problem(unit.config()).isEmpty();
        if (refused) {
            new LivepatchExecutor(unit).retry();
        } else {
            LivepatchExecutor.restart(unit.services(), LivepatchExecutor.RESTART_TIMEOUT);
        }
        return ActionResult.of("restarted", "true");
    }

    private static ActionResult setUsers(Unit unit, Map<String, String> parameters) {
        if (unit.config().text("auth.basic.users").isPresent()) {
            throw new CharmException("option auth.basic.users is set and takes precedence; reset it first: juju config "
                    + unit.application() + " --reset auth.basic.users");
        }
        int users = new AdminUsers(unit).replace(parameters.getOrDefault("users", ""));
        return ActionResult.of("users-set", String.valueOf(users));
    }

    private static ActionResult adminPassword(Unit unit, Map<String, String> parameters) {
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
