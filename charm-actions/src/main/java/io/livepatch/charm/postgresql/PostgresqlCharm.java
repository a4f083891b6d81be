package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Secrets;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.DiskSpaceWarning;
import io.livepatch.charm.exec.RetryAction;
import io.livepatch.charm.exec.Trial;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** The charm that runs PostgreSQL and creates databases for related applications. */
public final class PostgresqlCharm implements Charm {
    private final CharmMetadata metadata = PostgresqlRules.METADATA;
    private final InstantSource clock;

    public PostgresqlCharm(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public CharmMetadata metadata() {
        return metadata;
    }

    @Override
    public Outcome reconcile(Unit unit) {
        PostgresqlExecutor executor = new PostgresqlExecutor(unit, clock);
        if (unit.leaving()) {
            Plan.execute(unit, () -> PostgresqlPlan.leaving(unit), executor);
            return Outcome.finished();
        }
        UnitStatus status = status(unit, executor);
        DiskSpaceWarning.Measured disks = DiskSpaceWarning.watch()
                .of("database", PostgresqlPaths.of(unit).data())
                .of("log", PostgresqlPaths.of(unit).log())
                .measure();
        return Outcome.of(disks.addTo(status), PostgresqlPaths.SERVICE)
                .with(new Outcome.Figures(disks.known(), Map.of()));
    }

    private static UnitStatus status(Unit unit, PostgresqlExecutor executor) {
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

    private static UnitStatus execute(Unit unit, PostgresqlExecutor executor) {
        return Plan.execute(unit, () -> PostgresqlPlan.of(executor.observe()), executor);
    }

    @Override
    public Map<String, Long> dataCounts(Unit unit) {
        return new PostgresqlExecutor(unit, clock).count();
    }

    @Override
    public Map<String, Action> actions() {
        return Map.of(
                "get-primary",
                (unit, _) -> ActionResult.of("primary", unit.name().toString()),
                "get-password",
                PostgresqlCharm::password,
                "retry",
                new RetryAction());
    }

    private static ActionResult password(Unit unit, ActionCall call) {
        String username = call.parameters().getOrDefault("username", Psql.OPERATOR);
        Map<String, String> passwords = new LinkedHashMap<>();
        for (String label : unit.secrets().labels()) {
            Map<String, String> content =
                    unit.secrets().find(label).map(Secrets.Owned::content).orElse(Map.of());
            if (content.containsKey("username") && content.containsKey("password")) {
                passwords.put(content.getOrDefault("username", ""), content.getOrDefault("password", ""));
            }
        }
        String password = passwords.get(username);
        if (password == null) {
            throw new CharmException(
                    "there is no password of user '" + username + "'; users with one: " + passwords.keySet());
        }
        return ActionResult.of("username", username).withSecret("password", password);
    }
}
