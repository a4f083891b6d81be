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

    static Plan<PostgresqlStep> of(ObservedState observedState) {
        if (observedState.binaries().isEmpty()) {
            return Plan.nothing(UnitStatus.blocked("PostgreSQL is not installed; install the package postgresql"));
        }
        if (observedState.refused().isPresent()) {
            return refused(observedState, observedState.refused().get());
        }
        if (observedState.obstacle().isPresent()) {
            return Plan.nothing(UnitStatus.blocked(observedState.obstacle().get()));
        }
        List<PostgresqlStep> steps = new ArrayList<>(server(observedState));
        if (!steps.isEmpty()) {
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (!observedState.ready()) {
            return Plan.nothing(starting(observedState.service()));
        }
        if (observedState.leader()) {
            steps.addAll(databases(observedState));
        }
        return new Plan<>(steps, settled(observedState));
    }

    /** What runs keeps running; after a restart of the machine the last configuration that was written runs again. */
    private static Plan<PostgresqlStep> refused(ObservedState observedState, String why) {
        boolean runs = observedState.service().isPresent();
        UnitStatus status = UnitStatus.blocked(why + (runs ? "; what runs keeps running" : ""));
        return runs || !observedState.ranBefore()
                ? Plan.nothing(status)
                : new Plan<>(List.of(new PostgresqlStep.StartAsBefore()), status);
    }

    private static List<PostgresqlStep> server(ObservedState observedState) {
        PostgresqlConf settings = observedState.settings();
        List<PostgresqlStep> steps = new ArrayList<>();
        if (!observedState.initialised()) {
            steps.add(new PostgresqlStep.InitialiseCluster(
                    observedState.binaries().orElseThrow().major()));
        }
        if (!observedState.initialised() || !observedState.configurationWritten()) {
            steps.add(new PostgresqlStep.WriteConfiguration());
        }
        Optional<ServiceState> current =
                observedState.service().filter(it -> it.fingerprint().equals(settings.fingerprint()));
        if (current.isEmpty()) {
            steps.add(new PostgresqlStep.StartServer(
                    settings.address(), settings.port(), observedState.service().isPresent()));
        }
        return steps;
    }

    private static List<PostgresqlStep> databases(ObservedState observedState) {
        List<PostgresqlStep> steps = new ArrayList<>();
        if (!observedState.operatorKnown()) {
            steps.add(new PostgresqlStep.SetOperatorPassword());
        }
        observedState.orphans().forEach(relation -> steps.add(new PostgresqlStep.DropUser(relation)));
        for (DatabaseRequest request : observedState.requests()) {
            if (request.problem().isPresent()) {
                continue;
            }
            boolean made = request.secret().isPresent()
                    && request.reachedAt().contains("@" + DatabaseRequest.endpoint(observedState.settings()) + "/");
            if (!made) {
                steps.add(new PostgresqlStep.CreateDatabase(request.relation(), request.database(), request.roles()));
            }
            if (!made || !published(request, observedState.settings())) {
                steps.add(new PostgresqlStep.Publish(request.relation()));
            }
        }
        return steps;
    }

    private static boolean published(DatabaseRequest request, PostgresqlConf settings) {
        return request.answer()
                .equals(request.publication(
                        settings,
                        request.answer().getOrDefault("version", ""),
                        request.secret().orElse("")));
    }

    private static UnitStatus settled(ObservedState observedState) {
        return observedState.requests().stream()
                .flatMap(request -> request.problem().stream())
                .findFirst()
                .map(UnitStatus::blocked)
                .orElseGet(() -> UnitStatus.active(observedState.leader() ? "Primary" : ""));
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
