package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.Trial.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Derives the next steps and the status from the observed state. Pure. */
final class LivepatchPlan {
    private LivepatchPlan() {}

    static Plan<LivepatchExecutor> of(ObservedState state) {
        if (state.userMissing()) {
            return new Plan<>(
                    List.of(new Plan.Step<>(
                            "create the system user that runs the server", LivepatchExecutor::createUser)),
                    UnitStatus.maintenance("starting"));
        }
        // Refused options do not tell the patch store, which decides whether this unit is surplus.
        if (state.surplus().isPresent() && state.refused().isEmpty()) {
            return refused(state, List.of(), state.surplus().get());
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        state.databaseToRequest()
                .ifPresent(relation -> steps.add(new Plan.Step<>(
                        "ask relation " + relation + " for database " + LivepatchExecutor.DATABASE,
                        executor -> executor.requestDatabase(relation))));
        if (state.administratorMissing() && state.leader()) {
            steps.add(new Plan.Step<>("make user admin with a random password", LivepatchExecutor::makeAdministrator));
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (state.refused().isPresent()) {
            return refused(state, steps, state.refused().get());
        }
        Optional<UnitStatus> missingPrerequisite = missingPrerequisite(state);
        if (missingPrerequisite.isPresent()) {
            // A running server goes on while the credentials that it has cannot be read, as on Juju for a moment.
            boolean stays = state.service().isPresent() && state.databaseRelated();
            steps.addAll(stays ? website(state) : withdraw(state, missingPrerequisite.get()));
            return new Plan<>(steps, missingPrerequisite.get());
        }
        if (state.obstacle().isPresent()) {
            return addressInUse(state, steps, state.obstacle().get());
        }
        if (state.verdict() instanceof Verdict.Refused(String reason)) {
            steps.add(goBack(reason));
            return new Plan<>(steps, UnitStatus.maintenance("going back"));
        }
        steps.addAll(server(state, state.target().orElseThrow(), state.listen().orElseThrow()));
        steps.addAll(website(state));
        return new Plan<>(steps, status(state));
    }

    /**
     * The running server stays as it is; after a restart of the machine the last good configuration is started. A unit without one
     * starts no server and is withdrawn from the proxy.
     */
    private static Plan<LivepatchExecutor> refused(
            ObservedState state, List<Plan.Step<LivepatchExecutor>> first, String why) {
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>(first);
        if (state.service().isPresent()) {
            steps.addAll(website(state));
            return new Plan<>(
                    steps,
                    UnitStatus.blocked("✘ " + why + keepsRunning(state.service().get())));
        }
        UnitStatus status = UnitStatus.blocked("✘ " + why);
        List<Plan.Step<LivepatchExecutor>> start = startLastGood(state);
        steps.addAll(start.isEmpty() ? withdraw(state, status) : start);
        return new Plan<>(steps, status);
    }

    private static String keepsRunning(ServiceState service) {
        return service.phase() == ServiceState.Phase.FAILING
                ? "; the last good configuration does not run: "
                        + service.problem().orElse("the server ended")
                : "; the running server is kept";
    }

    /**
     * The steps that start the last good configuration if no server runs; empty without one, without a database, or if another unit
     * alone may have the patches.
     */
    private static List<Plan.Step<LivepatchExecutor>> startLastGood(ObservedState state) {
        LastGoodConfig good = state.lastGood();
        boolean canStart = state.service().isEmpty()
                && state.dsn().isPresent()
                && (state.surplus().isEmpty() || good.shared());
        return good.listen()
                .filter(_ -> canStart)
                .map(listen -> afterUpgrade(
                        state,
                        new Plan.Step<>(
                                "start the server on " + listen + " with its last good configuration",
                                LivepatchExecutor::startLastGood)))
                .orElse(List.of());
    }

    private static Plan.Step<LivepatchExecutor> upgradeSchema() {
        return new Plan.Step<>("bring the database schema up to date", LivepatchExecutor::upgradeSchemaAndLog);
    }

    /** The next plan has the last good configuration as its target. */
    private static Plan.Step<LivepatchExecutor> goBack(String reason) {
        return new Plan.Step<>(
                "go back to the last good configuration: " + reason, executor -> executor.refuse(reason));
    }

    private static Plan.Step<LivepatchExecutor> publish(Map<String, String> bag) {
        return new Plan.Step<>(
                bag.containsValue("")
                        ? "withdraw from the website relation"
                        : "publish " + bag + " to the website relation",
                executor -> executor.publishWebsite(bag));
    }

    /** The server may be newer than the schema. */
    private static List<Plan.Step<LivepatchExecutor>> afterUpgrade(
            ObservedState state, Plan.Step<LivepatchExecutor> start) {
        return state.leader() ? List.of(upgradeSchema(), start) : List.of(start);
    }

    /** The address is in use, and no last good configuration has another one. */
    private static Plan<LivepatchExecutor> addressInUse(
            ObservedState state, List<Plan.Step<LivepatchExecutor>> first, String why) {
        UnitStatus status = UnitStatus.blocked(why);
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>(first);
        steps.addAll(state.service().isPresent() ? website(state) : withdraw(state, status));
        return new Plan<>(steps, status);
    }

    /** The first missing prerequisite of the server, as a status. */
    private static Optional<UnitStatus> missingPrerequisite(ObservedState state) {
        if (!state.databaseRelated()) {
            return Optional.of(UnitStatus.blocked("Waiting for postgres relation to be established."));
        }
        if (state.dsn().isEmpty()) {
            return Optional.of(UnitStatus.waiting("Waiting for postgres..."));
        }
        return state.administratorMissing()
                ? Optional.of(UnitStatus.waiting("Waiting for the leader to make an administrator..."))
                : Optional.empty();
    }

    private static List<Plan.Step<LivepatchExecutor>> withdraw(ObservedState state, UnitStatus why) {
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        if (state.website().stream().anyMatch(bag -> !bag.isEmpty())) {
            steps.add(publish(Map.of("hostname", "", "port", "", "state", "")));
        }
        if (state.service().isPresent() && !state.databaseRelated()) {
            steps.add(new Plan.Step<>("stop the server: " + why.message(), LivepatchExecutor::stopServer));
        }
        return steps;
    }

    private static List<Plan.Step<LivepatchExecutor>> server(
            ObservedState state, LivepatchYaml target, LivepatchYaml.Listen listen) {
        if (state.service().isPresent()) {
            ServiceState service = state.service().get();
            if (service.fingerprint().equals(target.fingerprint())) {
                return service.reloadFingerprint().equals(Optional.of(target.liveFingerprint()))
                        ? running(state, service, target)
                        : reload(target);
            }
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        // The last good configuration has passed the check, and needs no newer schema than the one that runs.
        boolean goesBack = state.report().isPresent();
        if (!goesBack) {
            steps.add(check(target));
        }
        if (state.leader() && !(goesBack && state.service().isPresent())) {
            steps.add(upgradeSchema());
        }
        steps.add(write(target));
        steps.add(new Plan.Step<>(
                (state.service().isPresent() ? "restart" : "start") + " the server on " + listen,
                executor -> executor.startServer(target)));
        return steps;
    }

    /** Only values have changed that the running server reads again: no worker is replaced. */
    private static List<Plan.Step<LivepatchExecutor>> reload(LivepatchYaml target) {
        return List.of(
                check(target),
                write(target),
                new Plan.Step<>(
                        "have the server read its configuration again", executor -> executor.reloadServer(target)));
    }

    private static Plan.Step<LivepatchExecutor> check(LivepatchYaml target) {
        return new Plan.Step<>("check the configuration (" + target.digest() + ")", executor -> executor.check(target));
    }

    private static Plan.Step<LivepatchExecutor> write(LivepatchYaml target) {
        return new Plan.Step<>("write livepatch.yaml (" + target.digest() + ")", executor -> executor.write(target));
    }

    /** A new configuration is good when a worker is ready with it: ready workers of the previous one prove nothing. */
    private static List<Plan.Step<LivepatchExecutor>> running(
            ObservedState state, ServiceState service, LivepatchYaml target) {
        if (!service.workerPool().equals(state.effectiveListen().map(state.workers()::workerPool))) {
            WorkerSettings workers = state.workers();
            return List.of(new Plan.Step<>(
                    "run " + workers.count() + (workers.count() == 1 ? " worker (" : " workers (") + workers.mode()
                            + ")",
                    LivepatchExecutor::runWorkers));
        }
        if (service.proven() > 0 && !state.lastGood().is(target)) {
            return List.of(
                    new Plan.Step<>("keep livepatch.yaml as the last good one", LivepatchExecutor::keepAsLastGood));
        }
        return service.serves() && service.upToDate() && !state.handedOver()
                ? List.of(new Plan.Step<>("give the server's files to its user", LivepatchExecutor::handOver))
                : List.of();
    }

    /**
     * Published when the server can first do some work. After that it stays published, and the proxy's health checks decide about
     * requests.
     */
    private static List<Plan.Step<LivepatchExecutor>> website(ObservedState state) {
        LivepatchYaml.Listen listen = state.servingListen().orElseThrow();
        Map<String, String> bag = new TreeMap<>(Map.of(
                "hostname", listen.address(),
                "port", String.valueOf(listen.port()),
                "state", state.serves() ? "ready" : "starting"));
        boolean differs = state.website().stream()
                .anyMatch(published -> !Relation.contains(published, bag) && (state.serves() || !published.isEmpty()));
        return differs ? List.of(publish(bag)) : List.of();
    }

    private static UnitStatus status(ObservedState state) {
        if (state.report().isPresent()) {
            return state.report()
                    .get()
                    .status(state.service()
                            .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                            .map(it -> it.problem().orElse("the server ended")));
        }
        if (state.service().filter(ServiceState::serves).isPresent()) {
            return servingStatus(state, state.service().orElseThrow());
        }
        return state.service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .map(it -> UnitStatus.error(
                        "Livepatch is not running: " + it.problem().orElse("it ended")))
                .orElseGet(() -> notReadyStatus(state));
    }

    /** The status while processes run but none is fully ready: that of one which can do some work, if any. */
    private static UnitStatus notReadyStatus(ObservedState state) {
        return state.health().stream()
                .filter(ServerHealth::serves)
                .findFirst()
                .or(() -> state.health().stream().findFirst())
                .map(ServerHealth::status)
                .orElseGet(() -> UnitStatus.waiting(
                        state.website().stream().anyMatch(bag -> !bag.isEmpty())
                                ? "Livepatch does not answer its health probes"
                                : "Livepatch is starting"));
    }

    private static UnitStatus servingStatus(ObservedState state, ServiceState service) {
        String why = state.health().stream()
                .filter(health -> !health.healthy())
                .findFirst()
                .map(ServerHealth::reason)
                .or(service::problem)
                .map(text -> ": " + text)
                .orElse("");
        if (!service.upToDate()) {
            return UnitStatus.maintenance("Livepatch running, its workers are replaced one by one" + why);
        }
        int all = service.workerPool().map(WorkerPool::count).orElse(1);
        if (service.ready() < all) {
            return UnitStatus.active("Livepatch running! (" + service.ready() + " of " + all + " workers" + why + ")");
        }
        return UnitStatus.active(all == 1 ? "Livepatch running!" : "Livepatch running! (" + all + " workers)");
    }
}
