package io.livepatch.charm.postgresql;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.Trial.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Derives the next steps and the status from the observed state. Pure. */
final class PostgresqlPlan {
    /** Between two starts of a server that does not stay up. One that ran longer is started again at once. */
    private static final Duration START_SPACING = Duration.ofSeconds(5);

    private PostgresqlPlan() {}

    static Plan<PostgresqlExecutor> of(ObservedState state) {
        if (state.installation().isEmpty()) {
            return Plan.nothing(UnitStatus.blocked("PostgreSQL is not installed; install the package postgresql"));
        }
        if (state.verdict() instanceof Verdict.Refused(String reason)) {
            return new Plan<>(List.of(goBack(reason)), UnitStatus.maintenance("going back"));
        }
        Optional<Plan.Step<PostgresqlExecutor>> startAgain = startAgain(state);
        if (startAgain.isPresent()) {
            return new Plan<>(List.of(startAgain.get()), UnitStatus.maintenance("starting"));
        }
        if (state.refused().isPresent()) {
            return refused(state, state.refused().get());
        }
        if (state.obstacle().isPresent()) {
            return Plan.nothing(UnitStatus.blocked(state.obstacle().get()));
        }
        List<Plan.Step<PostgresqlExecutor>> steps = new ArrayList<>(server(state));
        if (!steps.isEmpty()) {
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (!state.ready()) {
            return Plan.nothing(withReport(state, starting(state.service())));
        }
        if (!state.lastGood()) {
            steps.add(new Plan.Step<>(
                    "keep postgresql.conf and pg_hba.conf as the last good ones", PostgresqlExecutor::keepAsLastGood));
        }
        if (state.leader()) {
            steps.addAll(databases(state));
        }
        return new Plan<>(steps, withReport(state, settled(state)));
    }

    /** The next plan has the last good configuration as its target. */
    private static Plan.Step<PostgresqlExecutor> goBack(String reason) {
        return new Plan.Step<>(
                "go back to the last good configuration: " + reason, executor -> executor.refuse(reason));
    }

    private static UnitStatus withReport(ObservedState state, UnitStatus status) {
        Optional<String> problem = Optional.of(status)
                .filter(it -> it.kind() == UnitStatus.Kind.ERROR)
                .map(UnitStatus::message);
        return state.report().map(it -> it.status(problem)).orElse(status);
    }

    static Plan<PostgresqlExecutor> leaving(Unit unit) {
        return unit.services().state(PostgresqlPaths.SERVICE).isEmpty()
                ? Plan.nothing(UnitStatus.maintenance("stopping"))
                : new Plan<>(
                        List.of(new Plan.Step<>("stop PostgreSQL", PostgresqlExecutor::stop)),
                        UnitStatus.maintenance("stopping"));
    }

    /**
     * The supervisor does not start a server again that ended by itself, because only the charm knows whether it may. It starts with
     * the configuration that it had; all other steps follow when it runs.
     */
    private static Optional<Plan.Step<PostgresqlExecutor>> startAgain(ObservedState state) {
        return state.service()
                .filter(it -> it.phase() == ServiceState.Phase.ENDED)
                // One that ended with a refused configuration is started with the last good one.
                .filter(it -> state.report().isEmpty()
                        || it.fingerprint().equals(state.settings().fingerprint()))
                .flatMap(ServiceState::end)
                .filter(end -> spaced(Duration.between(end.started(), state.now())))
                .map(end -> new Plan.Step<>(
                        "start PostgreSQL again, which ended with " + end, PostgresqlExecutor::startAgain));
    }

    /** A clock that was set back must not keep the server down, so a negative time counts as long. */
    private static boolean spaced(Duration sinceLastStart) {
        return sinceLastStart.isNegative() || sinceLastStart.compareTo(START_SPACING) >= 0;
    }

    /** The running server stays; after a restart of the machine it is started with the last written configuration. */
    private static Plan<PostgresqlExecutor> refused(ObservedState state, String why) {
        boolean runs = state.service().isPresent();
        UnitStatus status = UnitStatus.blocked(why + (runs ? "; the running server is kept" : ""));
        return runs || !state.ranBefore()
                ? Plan.nothing(status)
                : new Plan<>(
                        List.of(new Plan.Step<>(
                                "start PostgreSQL with its last configuration",
                                PostgresqlExecutor::startWithLastConfiguration)),
                        status);
    }

    private static List<Plan.Step<PostgresqlExecutor>> server(ObservedState state) {
        PostgresqlConf settings = state.settings();
        List<Plan.Step<PostgresqlExecutor>> steps = new ArrayList<>();
        if (!state.initialised()) {
            steps.add(new Plan.Step<>(
                    "initialise a PostgreSQL "
                            + state.installation().orElseThrow().major() + " cluster",
                    PostgresqlExecutor::initialise));
        }
        if (!state.initialised() || !state.configurationWritten()) {
            steps.add(
                    state.report().isEmpty()
                            ? new Plan.Step<>("write postgresql.conf and pg_hba.conf", PostgresqlExecutor::configure)
                            : new Plan.Step<>(
                                    "write the last good postgresql.conf and pg_hba.conf",
                                    PostgresqlExecutor::writeConfiguration));
        }
        Optional<ServiceState> current =
                state.service().filter(it -> it.fingerprint().equals(settings.fingerprint()));
        if (current.isEmpty()) {
            steps.add(new Plan.Step<>(
                    (state.service().isPresent() ? "restart" : "start") + " PostgreSQL on "
                            + DatabaseRequest.endpoint(settings),
                    PostgresqlExecutor::startServer));
        }
        return steps;
    }

    private static List<Plan.Step<PostgresqlExecutor>> databases(ObservedState state) {
        List<Plan.Step<PostgresqlExecutor>> steps = new ArrayList<>();
        if (!state.hasOperatorPassword()) {
            steps.add(new Plan.Step<>("set the password of user operator", PostgresqlExecutor::setOperatorPassword));
        }
        state.orphans()
                .forEach(relation -> steps.add(
                        new Plan.Step<>("drop user relation-" + relation, executor -> executor.dropUser(relation))));
        for (DatabaseRequest request : state.requests()) {
            if (request.problem().isPresent()) {
                continue;
            }
            boolean made = request.secret().isPresent()
                    && request.uri().contains("@" + DatabaseRequest.endpoint(state.settings()) + "/");
            if (!made) {
                steps.add(new Plan.Step<>(
                        "create database " + request.database() + " and user " + request.user()
                                + (request.roles().isEmpty() ? "" : " " + request.roles()),
                        executor -> executor.createDatabase(request)));
            }
            if (!made || !published(request, state.settings())) {
                steps.add(new Plan.Step<>(
                        "publish endpoint and credentials to relation " + request.relation(),
                        executor -> executor.publish(request.relation())));
            }
        }
        return steps;
    }

    private static boolean published(DatabaseRequest request, PostgresqlConf settings) {
        return Relation.contains(
                request.answer(), request.publication(settings, request.answer().getOrDefault("version", "")));
    }

    private static UnitStatus settled(ObservedState state) {
        return state.requests().stream()
                .flatMap(request -> request.problem().stream())
                .findFirst()
                .map(UnitStatus::blocked)
                .orElseGet(() -> UnitStatus.active(state.leader() ? "Primary" : ""));
    }

    private static UnitStatus starting(Optional<ServiceState> service) {
        return service.filter(it -> it.phase() == ServiceState.Phase.ENDED)
                .map(it -> UnitStatus.error(
                        "PostgreSQL does not stay up: " + it.problem().orElse("it ended")))
                .orElseGet(() -> UnitStatus.waiting(service.flatMap(ServiceState::problem)
                        .map(problem -> "PostgreSQL does not answer: " + problem)
                        .orElse("PostgreSQL is starting")));
    }
}
