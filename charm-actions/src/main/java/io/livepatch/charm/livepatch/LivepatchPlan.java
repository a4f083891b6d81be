package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Derives the next steps and the status from the observed state. Pure. */
final class LivepatchPlan {
    private LivepatchPlan() {}

    static Plan<LivepatchExecutor> of(ObservedState observedState) {
        // Refused options do not tell the patch store, which decides whether this unit is surplus.
        if (observedState.surplus().isPresent() && observedState.refused().isEmpty()) {
            return refused(observedState, List.of(), observedState.surplus().get());
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        observedState
                .databaseToRequest()
                .ifPresent(relation -> steps.add(new Plan.Step<>(
                        "ask relation " + relation + " for database " + LivepatchExecutor.DATABASE,
                        executor -> executor.requestDatabase(relation))));
        if (observedState.administratorMissing() && observedState.leader()) {
            steps.add(new Plan.Step<>("make user admin with a random password", LivepatchExecutor::makeAdministrator));
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (observedState.refused().isPresent()) {
            return refused(observedState, steps, observedState.refused().get());
        }
        Optional<UnitStatus> missingPrerequisite = missingPrerequisite(observedState);
        if (missingPrerequisite.isPresent()) {
            steps.addAll(withdraw(observedState, missingPrerequisite.get()));
            return new Plan<>(steps, missingPrerequisite.get());
        }
        if (observedState.obstacle().isPresent()) {
            return addressInUse(observedState, steps, observedState.obstacle().get());
        }
        steps.addAll(server(
                observedState,
                observedState.desired().orElseThrow(),
                observedState.listen().orElseThrow()));
        steps.addAll(website(observedState));
        return new Plan<>(steps, status(observedState));
    }

    /**
     * The running server stays as it is; after a restart of the machine the last good configuration is started. A unit without one starts no server and is withdrawn from the proxy.
     */
    private static Plan<LivepatchExecutor> refused(
            ObservedState observedState, List<Plan.Step<LivepatchExecutor>> first, String why) {
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>(first);
        if (observedState.service().isPresent()) {
            steps.addAll(website(observedState));
            return new Plan<>(
                    steps,
                    UnitStatus.blocked(
                            "✘ " + why + keepsRunning(observedState.service().get())));
        }
        UnitStatus status = UnitStatus.blocked("✘ " + why);
        List<Plan.Step<LivepatchExecutor>> start = startLastGood(observedState);
        steps.addAll(start.isEmpty() ? withdraw(observedState, status) : start);
        return new Plan<>(steps, status);
    }

    private static String keepsRunning(ServiceState service) {
        return service.phase() == ServiceState.Phase.FAILING
                ? "; the last good configuration does not run: "
                        + service.problem().orElse("the server ended")
                : "; the running server is kept";
    }

    /**
     * The steps that start the last good configuration if no server runs; empty without one, without a database, or if another unit alone may have the patches.
     */
    static List<Plan.Step<LivepatchExecutor>> startLastGood(ObservedState observedState) {
        LastGoodConfig good = observedState.lastGood();
        boolean possibleWork = observedState.service().isEmpty()
                && observedState.dsn().isPresent()
                && (observedState.surplus().isEmpty() || good.shared());
        return good.listen()
                .filter(_ -> possibleWork)
                .map(listen -> afterUpgrade(
                        observedState,
                        new Plan.Step<>(
                                "start the server on " + listen + " with its last good configuration",
                                LivepatchExecutor::startLastGood)))
                .orElse(List.of());
    }

    private static Plan.Step<LivepatchExecutor> upgradeSchema() {
        return new Plan.Step<>("bring the database schema up to date", LivepatchExecutor::logUpgradeSchema);
    }

    private static Plan.Step<LivepatchExecutor> goBack(String reason) {
        return new Plan.Step<>(
                "go back to the last good configuration: " + reason, executor -> executor.goBack(reason));
    }

    private static Plan.Step<LivepatchExecutor> publish(Map<String, String> bag) {
        return new Plan.Step<>(
                bag.isEmpty() ? "withdraw from the website relation" : "publish " + bag + " to the website relation",
                executor -> executor.publishWebsite(bag));
    }

    /** The server may be newer than the schema. */
    private static List<Plan.Step<LivepatchExecutor>> afterUpgrade(
            ObservedState observedState, Plan.Step<LivepatchExecutor> start) {
        return observedState.leader() ? List.of(upgradeSchema(), start) : List.of(start);
    }

    /** The address is in use. If the last good configuration has another address, it is started. */
    private static Plan<LivepatchExecutor> addressInUse(
            ObservedState observedState, List<Plan.Step<LivepatchExecutor>> first, String why) {
        UnitStatus status = UnitStatus.blocked(why);
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>(first);
        boolean otherAddress = observedState
                .lastGood()
                .listen()
                .filter(it -> !Optional.of(it).equals(observedState.listen()))
                .isPresent();
        steps.addAll(otherAddress ? afterUpgrade(observedState, goBack(why)) : withdraw(observedState, status));
        return new Plan<>(steps, status);
    }

    /** The first missing prerequisite of the server, as a status. */
    private static Optional<UnitStatus> missingPrerequisite(ObservedState observedState) {
        if (!observedState.databaseRelated()) {
            return Optional.of(UnitStatus.blocked("Waiting for postgres relation to be established."));
        }
        if (observedState.dsn().isEmpty()) {
            return Optional.of(UnitStatus.waiting("Waiting for postgres..."));
        }
        if (observedState.urlTemplate().isEmpty()) {
            return Optional.of(
                    observedState.websiteRelated()
                            ? UnitStatus.waiting("Waiting for the public URL of haproxy...")
                            : UnitStatus.blocked("✘ server.url-template config not set"));
        }
        return observedState.administratorMissing()
                ? Optional.of(UnitStatus.waiting("Waiting for the leader to make an administrator..."))
                : Optional.empty();
    }

    private static List<Plan.Step<LivepatchExecutor>> withdraw(ObservedState observedState, UnitStatus why) {
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        if (observedState.website().stream().anyMatch(bag -> !bag.isEmpty())) {
            steps.add(publish(Map.of()));
        }
        // Without a database the server cannot answer requests; with only the URL missing a running one stays.
        if (observedState.service().isPresent() && observedState.dsn().isEmpty()) {
            steps.add(new Plan.Step<>("stop the server: " + why.message(), LivepatchExecutor::stopServer));
        }
        return steps;
    }

    private static List<Plan.Step<LivepatchExecutor>> server(
            ObservedState observedState, LivepatchYaml desired, LivepatchYaml.Listen listen) {
        if (observedState.service().isPresent()) {
            ServiceState service = observedState.service().get();
            Optional<String> refusal = observedState.lastGood().refusal(service, desired);
            if (refusal.isPresent()) {
                return List.of(goBack(refusal.get()));
            }
            boolean runs = service.fingerprint().equals(desired.fingerprint());
            if (runs || LastGoodConfig.runsInsteadOf(service, desired).isPresent()) {
                return running(
                        observedState,
                        service,
                        runs && !observedState.lastGood().is(desired));
            }
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        steps.add(new Plan.Step<>("check the configuration (" + desired.fingerprint() + ")", LivepatchExecutor::check));
        if (observedState.leader()) {
            steps.add(upgradeSchema());
        }
        steps.add(new Plan.Step<>("write livepatch.yaml (" + desired.fingerprint() + ")", LivepatchExecutor::write));
        steps.add(new Plan.Step<>(
                (observedState.service().isPresent() ? "restart" : "start") + " the server on " + listen,
                LivepatchExecutor::startServer));
        return steps;
    }

    /** A new configuration is good when all workers run with it: ready workers of the previous one prove nothing. */
    private static List<Plan.Step<LivepatchExecutor>> running(
            ObservedState observedState, ServiceState service, boolean untested) {
        if (!service.workerPool().equals(observedState.effectiveListen().map(observedState.workers()::workerPool))) {
            WorkerSettings workers = observedState.workers();
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

    /** Published when the server can first do some work. After that it stays published, and the proxy's health checks decide about requests. */
    private static List<Plan.Step<LivepatchExecutor>> website(ObservedState observedState) {
        LivepatchYaml.Listen listen = observedState.effectiveListen().orElseThrow();
        Map<String, String> bag = new TreeMap<>(Map.of(
                "hostname", listen.address(),
                "port", String.valueOf(listen.port()),
                "state", observedState.serves() ? "ready" : "starting"));
        boolean differs = observedState.website().stream()
                .anyMatch(published -> !published.equals(bag) && (observedState.serves() || !published.isEmpty()));
        return differs ? List.of(publish(bag)) : List.of();
    }

    private static UnitStatus status(ObservedState observedState) {
        Optional<String> refused = observedState
                .service()
                .flatMap(it ->
                        LastGoodConfig.runsInsteadOf(it, observedState.desired().orElseThrow()));
        if (refused.isPresent()) {
            return UnitStatus.blocked("the configuration is refused, the last good one runs: " + refused.get());
        }

        if (observedState.service().filter(ServiceState::serves).isPresent()) {
            return servingStatus(observedState, observedState.service().orElseThrow());
        }
        return observedState
                .service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .map(it -> UnitStatus.error(
                        "Livepatch is not running: " + it.problem().orElse("it ended")))
                .orElseGet(() -> notReadyStatus(observedState));
    }

    /** The status while processes run but none is fully ready: that of one which can do some work, if any. */
    private static UnitStatus notReadyStatus(ObservedState observedState) {
        return observedState.health().stream()
                .filter(ServerHealth::serves)
                .findFirst()
                .or(() -> observedState.health().stream().findFirst())
                .map(ServerHealth::status)
                .orElseGet(() -> UnitStatus.waiting(
                        observedState.website().stream().anyMatch(bag -> !bag.isEmpty())
                                ? "Livepatch does not answer its health probes"
                                : "Livepatch is starting"));
    }

    private static UnitStatus servingStatus(ObservedState observedState, ServiceState service) {
        String why = observedState.health().stream()
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
