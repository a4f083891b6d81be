package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What to do next, from what is seen. Pure. */
final class PostgresqlPlan {
    private PostgresqlPlan() {}

    static Plan<PostgresqlStep> of(Sight sight) {
        if (sight.binaries().isEmpty()) {
            return Plan.nothing(UnitStatus.blocked("PostgreSQL is not installed; install the package postgresql"));
        }
        if (sight.refused().isPresent()) {
            return refused(sight, sight.refused().get());
        }
        if (sight.obstacle().isPresent()) {
            return Plan.nothing(UnitStatus.blocked(sight.obstacle().get()));
        }
        List<PostgresqlStep> steps = new ArrayList<>(server(sight));
        if (!steps.isEmpty()) {
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (!sight.ready()) {
            return Plan.nothing(starting(sight.service()));
        }
        if (sight.leader()) {
            steps.addAll(databases(sight));
        }
        return new Plan<>(steps, settled(sight));
    }

    /** What runs keeps running; after a restart of the machine the last configuration that was written runs again. */
    private static Plan<PostgresqlStep> refused(Sight sight, String why) {
        boolean runs = sight.service().isPresent();
        UnitStatus status = UnitStatus.blocked(why + (runs ? "; what runs keeps running" : ""));
        return runs || !sight.ranBefore()
                ? Plan.nothing(status)
                : new Plan<>(List.of(new PostgresqlStep.StartAsBefore()), status);
    }

    private static List<PostgresqlStep> server(Sight sight) {
        Settings settings = sight.settings();
        List<PostgresqlStep> steps = new ArrayList<>();
        if (!sight.initialised()) {
            steps.add(new PostgresqlStep.InitialiseCluster(
                    sight.binaries().orElseThrow().major()));
        }
        if (!sight.initialised() || !sight.configurationWritten()) {
            steps.add(new PostgresqlStep.WriteConfiguration());
        }
        Optional<ServiceState> current =
                sight.service().filter(it -> it.fingerprint().equals(settings.fingerprint()));
        if (current.isEmpty()) {
            steps.add(new PostgresqlStep.StartServer(
                    settings.address(), settings.port(), sight.service().isPresent()));
        }
        return steps;
    }

    private static List<PostgresqlStep> databases(Sight sight) {
        List<PostgresqlStep> steps = new ArrayList<>();
        if (!sight.operatorKnown()) {
            steps.add(new PostgresqlStep.SetOperatorPassword());
        }
        sight.orphans().forEach(relation -> steps.add(new PostgresqlStep.DropUser(relation)));
        for (DatabaseRequest request : sight.requests()) {
            if (request.problem().isPresent()) {
                continue;
            }
            boolean made = request.secret().isPresent()
                    && request.reachedAt().contains("@" + DatabaseRequest.endpoint(sight.settings()) + "/");
            if (!made) {
                steps.add(new PostgresqlStep.CreateDatabase(request.relation(), request.database(), request.roles()));
            }
            if (!made || !published(request, sight.settings())) {
                steps.add(new PostgresqlStep.Publish(request.relation()));
            }
        }
        return steps;
    }

    private static boolean published(DatabaseRequest request, Settings settings) {
        return request.answer()
                .equals(request.publication(
                        settings,
                        request.answer().getOrDefault("version", ""),
                        request.secret().orElse("")));
    }

    private static UnitStatus settled(Sight sight) {
        return sight.requests().stream()
                .flatMap(request -> request.problem().stream())
                .findFirst()
                .map(UnitStatus::blocked)
                .orElseGet(() -> UnitStatus.active(sight.leader() ? "Primary" : ""));
    }

    private static UnitStatus starting(Optional<ServiceState> service) {
        return service.filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .map(it -> UnitStatus.error(
                        "PostgreSQL does not stay up: " + it.problem().orElse("it ended")))
                .orElseGet(() -> UnitStatus.waiting(service.flatMap(ServiceState::problem)
                        .map(problem -> "PostgreSQL does not answer: " + problem)
                        .orElse("PostgreSQL is starting")));
    }
}
