package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitStatus;
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
        steps.addAll(server(state, state.desired().orElseThrow(), state.listen().orElseThrow()));
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
    static List<Plan.Step<LivepatchExecutor>> startLastGood(ObservedState state) {
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

    private static Plan.Step<LivepatchExecutor> goBack(String reason) {
        return new Plan.Step<>(
                "go back to the last good configuration: " + reason, executor -> executor.goBack(reason));
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

    /** The address is in use. If the last good configuration has another address, it is started. */
    private static Plan<LivepatchExecutor> addressInUse(
            ObservedState state, List<Plan.Step<LivepatchExecutor>> first, String why) {
        UnitStatus status = UnitStatus.blocked(why);
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>(first);
        boolean otherAddress = state.lastGood()
                .listen()
                .filter(it -> !Optional.of(it).equals(state.listen()))
                .isPresent();
        steps.addAll(otherAddress ? afterUpgrade(state, goBack(why)) : withdraw(state, status));
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
            ObservedState state, LivepatchYaml desired, LivepatchYaml.Listen listen) {
        if (state.service().isPresent()) {
            ServiceState service = state.service().get();
            Optional<String> refusal = state.lastGood().refusal(service, desired);
            if (refusal.isPresent()) {
                return List.of(goBack(refusal.get()));
            }
            boolean runs = service.fingerprint().equals(desired.fingerprint());
            if (runs && !service.reloadFingerprint().equals(Optional.of(desired.liveFingerprint()))) {
                return reload(desired);
            }
            if (runs || LastGoodConfig.runsInsteadOf(service, desired).isPresent()) {
                return running(state, service, runs && !(state.lastGood().is(desired) && state.handedOver()));
            }
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        steps.add(check(desired));
        if (state.leader()) {
            steps.add(upgradeSchema());
        }
        steps.add(write(desired));
        steps.add(new Plan.Step<>(
                (state.service().isPresent() ? "restart" : "start") + " the server on " + listen,
                LivepatchExecutor::startServer));
        return steps;
    }

    /** Only values have changed that the running server reads again: no worker is replaced. */
    private static List<Plan.Step<LivepatchExecutor>> reload(LivepatchYaml desired) {
        return List.of(
                check(desired),
                write(desired),
                new Plan.Step<>("have the server read its configuration again", LivepatchExecutor::startServer));
    }

    private static Plan.Step<LivepatchExecutor> check(LivepatchYaml desired) {
        return new Plan.Step<>("check the configuration (" + desired.digest() + ")", LivepatchExecutor::check);
    }

    private static Plan.Step<LivepatchExecutor> write(LivepatchYaml desired) {
        return new Plan.Step<>("write livepatch.yaml (" + desired.digest() + ")", LivepatchExecutor::write);
    }

    /** A new configuration is good when all workers run with it: ready workers of the previous one prove nothing. */
    private static List<Plan.Step<LivepatchExecutor>> running(
            ObservedState state, ServiceState service, boolean untested) {
        if (!service.workerPool().equals(state.effectiveListen().map(state.workers()::workerPool))) {
            WorkerSettings workers = state.workers();
            return List.of(new Plan.Step<>(
                    "run " + workers.count() + (workers.count() == 1 ? " worker (" : " workers (") + workers.mode()
                            + ")",
                    LivepatchExecutor::runWorkers));
        }
        return untested && service.serves() && service.upToDate()
                ? List.of(
                        new Plan.Step<>("keep livepatch.yaml as the last good one", LivepatchExecutor::keepAsLastGood))
                : List.of();
    }

    /**
     * Published when the server can first do some work. After that it stays published, and the proxy's health checks decide about
     * requests.
     */
    private static List<Plan.Step<LivepatchExecutor>> website(ObservedState state) {
        LivepatchYaml.Listen listen = state.effectiveListen().orElseThrow();
        Map<String, String> bag = new TreeMap<>(Map.of(
                "hostname", listen.address(),
                "port", String.valueOf(listen.port()),
                "state", state.serves() ? "ready" : "starting"));
        boolean differs = state.website().stream()
                .anyMatch(published -> !Relation.contains(published, bag) && (state.serves() || !published.isEmpty()));
        return differs ? List.of(publish(bag)) : List.of();
    }

    private static UnitStatus status(ObservedState state) {
        Optional<String> refused = state.service()
                .flatMap(it -> LastGoodConfig.runsInsteadOf(it, state.desired().orElseThrow()));
        if (refused.isPresent()) {
            return UnitStatus.blocked("the configuration is refused, the last good one runs: " + refused.get());
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
