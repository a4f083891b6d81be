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
        // Refused options say nothing of where patches are kept, which makes a unit one too many.
        if (observedState.surplus().isPresent() && observedState.refused().isEmpty()) {
            return impossible(observedState, List.of(), observedState.surplus().get());
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        observedState
                .unasked()
                .ifPresent(relation -> steps.add(new Plan.Step<>(
                        "ask relation " + relation + " for database " + LivepatchExecutor.DATABASE,
                        executor -> executor.requestDatabase(relation))));
        if (observedState.administratorMissing() && observedState.leader()) {
            steps.add(new Plan.Step<>("make user admin with a random password", LivepatchExecutor::makeAdministrator));
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (observedState.refused().isPresent()) {
            return impossible(observedState, steps, observedState.refused().get());
        }
        Optional<UnitStatus> lacking = lacking(observedState);
        if (lacking.isPresent()) {
            steps.addAll(withdrawn(observedState, lacking.get()));
            return new Plan<>(steps, lacking.get());
        }
        if (observedState.obstacle().isPresent()) {
            return obstructed(observedState, steps, observedState.obstacle().get());
        }
        steps.addAll(server(
                observedState,
                observedState.wanted().orElseThrow(),
                observedState.listen().orElseThrow()));
        steps.addAll(website(observedState));
        return new Plan<>(steps, status(observedState));
    }

    /**
     * What runs is left as it is, and after a restart of the machine the last good configuration runs again. A unit that has none
     * starts nothing, and the proxy is not told of it.
     */
    private static Plan<LivepatchExecutor> impossible(
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
        steps.addAll(start.isEmpty() ? withdrawn(observedState, status) : start);
        return new Plan<>(steps, status);
    }

    private static String keepsRunning(ServiceState service) {
        return service.phase() == ServiceState.Phase.FAILING
                ? "; the last good configuration does not run: "
                        + service.problem().orElse("the server ended")
                : "; what runs keeps running";
    }

    /**
     * What starts the last good configuration where no server runs; empty where there is none, no database, or another unit that
     * alone may have the patches.
     */
    static List<Plan.Step<LivepatchExecutor>> startLastGood(ObservedState observedState) {
        LastGoodConfig good = observedState.lastGood();
        boolean possible = observedState.service().isEmpty()
                && observedState.dsn().isPresent()
                && (observedState.surplus().isEmpty() || good.shared());
        return good.listen()
                .filter(_ -> possible)
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

    /** The address is not free. A configuration with another address, which was good before, is gone back to. */
    private static Plan<LivepatchExecutor> obstructed(
            ObservedState observedState, List<Plan.Step<LivepatchExecutor>> first, String why) {
        UnitStatus status = UnitStatus.blocked(why);
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>(first);
        boolean elsewhere = observedState
                .lastGood()
                .listen()
                .filter(it -> !Optional.of(it).equals(observedState.listen()))
                .isPresent();
        steps.addAll(elsewhere ? afterUpgrade(observedState, goBack(why)) : withdrawn(observedState, status));
        return new Plan<>(steps, status);
    }

    /** What it waits for before it can run. */
    private static Optional<UnitStatus> lacking(ObservedState observedState) {
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

    private static List<Plan.Step<LivepatchExecutor>> withdrawn(ObservedState observedState, UnitStatus why) {
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        if (observedState.website().stream().anyMatch(bag -> !bag.isEmpty())) {
            steps.add(publish(Map.of()));
        }
        // Without its database it cannot answer a request; a missing URL alone is no reason to stop what runs.
        if (observedState.service().isPresent() && observedState.dsn().isEmpty()) {
            steps.add(new Plan.Step<>("stop the server: " + why.message(), LivepatchExecutor::stopServer));
        }
        return steps;
    }

    private static List<Plan.Step<LivepatchExecutor>> server(
            ObservedState observedState, LivepatchYaml wanted, LivepatchYaml.Listen listen) {
        if (observedState.service().isPresent()) {
            ServiceState service = observedState.service().get();
            Optional<String> refusal = observedState.lastGood().refusal(service, wanted);
            if (refusal.isPresent()) {
                return List.of(goBack(refusal.get()));
            }
            boolean runs = service.fingerprint().equals(wanted.fingerprint());
            if (runs || LastGoodConfig.runsInsteadOf(service, wanted).isPresent()) {
                return running(
                        observedState,
                        service,
                        runs && !observedState.lastGood().is(wanted));
            }
        }
        List<Plan.Step<LivepatchExecutor>> steps = new ArrayList<>();
        steps.add(new Plan.Step<>("check the configuration (" + wanted.fingerprint() + ")", LivepatchExecutor::check));
        if (observedState.leader()) {
            steps.add(upgradeSchema());
        }
        steps.add(new Plan.Step<>("write livepatch.yaml (" + wanted.fingerprint() + ")", LivepatchExecutor::write));
        steps.add(new Plan.Step<>(
                (observedState.service().isPresent() ? "restart" : "start") + " the server on " + listen,
                LivepatchExecutor::startServer));
        return steps;
    }

    /** A new configuration is good once all run by it: those of before would be ready as well. */
    private static List<Plan.Step<LivepatchExecutor>> running(
            ObservedState observedState, ServiceState service, boolean onTrial) {
        if (!service.crew().equals(observedState.reached().map(observedState.workers()::crew))) {
            WorkerSettings workers = observedState.workers();
            return List.of(new Plan.Step<>(
                    "run " + workers.count() + (workers.count() == 1 ? " worker (" : " workers (") + workers.mode()
                            + ")",
                    LivepatchExecutor::runWorkers));
        }
        return onTrial && service.serves() && service.renewed()
                ? List.of(
                        new Plan.Step<>("keep livepatch.yaml as the last good one", LivepatchExecutor::keepAsLastGood))
                : List.of();
    }

    /** Named only once it could do some work; after that the proxy keeps it, and its health checks decide what it is sent. */
    private static List<Plan.Step<LivepatchExecutor>> website(ObservedState observedState) {
        LivepatchYaml.Listen listen = observedState.reached().orElseThrow();
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
                        LastGoodConfig.runsInsteadOf(it, observedState.wanted().orElseThrow()));
        if (refused.isPresent()) {
            return UnitStatus.blocked("the configuration is refused, the last good one runs: " + refused.get());
        }

        if (observedState.service().filter(ServiceState::serves).isPresent()) {
            return serving(observedState, observedState.service().orElseThrow());
        }
        return observedState
                .service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .map(it -> UnitStatus.error(
                        "Livepatch is not running: " + it.problem().orElse("it ended")))
                .orElseGet(() -> unwell(observedState));
    }

    /** Its processes run, and none of them can do all of its work: of those that can do some, one speaks for all. */
    private static UnitStatus unwell(ObservedState observedState) {
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

    private static UnitStatus serving(ObservedState observedState, ServiceState service) {
        String why = observedState.health().stream()
                .filter(health -> !health.well())
                .findFirst()
                .map(ServerHealth::reason)
                .or(service::problem)
                .map(text -> ": " + text)
                .orElse("");
        if (!service.renewed()) {
            return UnitStatus.maintenance("Livepatch running, its workers are replaced one by one" + why);
        }
        int all = service.crew().map(WorkerPool::count).orElse(1);
        if (service.ready() < all) {
            return UnitStatus.active("Livepatch running! (" + service.ready() + " of " + all + " workers" + why + ")");
        }
        return UnitStatus.active(all == 1 ? "Livepatch running!" : "Livepatch running! (" + all + " workers)");
    }
}
