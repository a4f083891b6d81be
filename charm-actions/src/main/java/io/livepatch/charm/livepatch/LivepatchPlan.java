package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.api.WorkerPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What to do next, from what is seen. Pure. */
final class LivepatchPlan {
    private LivepatchPlan() {}

    static Plan<LivepatchStep> of(ObservedState observedState) {
        // Refused options say nothing of where patches are kept, which makes a unit one too many.
        if (observedState.surplus().isPresent() && observedState.refused().isEmpty()) {
            return impossible(observedState, List.of(), observedState.surplus().get());
        }
        List<LivepatchStep> steps = new ArrayList<>();
        observedState.unasked().ifPresent(relation -> steps.add(new LivepatchStep.RequestDatabase(relation)));
        if (observedState.administratorMissing() && observedState.leader()) {
            steps.add(new LivepatchStep.MakeAdministrator());
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
    private static Plan<LivepatchStep> impossible(ObservedState observedState, List<LivepatchStep> first, String why) {
        List<LivepatchStep> steps = new ArrayList<>(first);
        if (observedState.service().isPresent()) {
            steps.addAll(website(observedState));
            return new Plan<>(
                    steps,
                    UnitStatus.blocked(
                            "✘ " + why + keepsRunning(observedState.service().get())));
        }
        UnitStatus status = UnitStatus.blocked("✘ " + why);
        List<LivepatchStep> start = startLastGood(observedState);
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
    static List<LivepatchStep> startLastGood(ObservedState observedState) {
        LastGoodConfig good = observedState.lastGood();
        boolean possible = observedState.service().isEmpty()
                && observedState.dsn().isPresent()
                && (observedState.surplus().isEmpty() || good.shared());
        return good.listen()
                .filter(_ -> possible)
                .map(listen ->
                        afterUpgrade(observedState, new LivepatchStep.StartLastGood(listen.address(), listen.port())))
                .orElse(List.of());
    }

    /** The server may be newer than the schema. */
    private static List<LivepatchStep> afterUpgrade(ObservedState observedState, LivepatchStep start) {
        return observedState.leader() ? List.of(new LivepatchStep.UpgradeSchema(), start) : List.of(start);
    }

    /** The address is not free. A configuration with another address, which was good before, is gone back to. */
    private static Plan<LivepatchStep> obstructed(ObservedState observedState, List<LivepatchStep> first, String why) {
        UnitStatus status = UnitStatus.blocked(why);
        List<LivepatchStep> steps = new ArrayList<>(first);
        boolean elsewhere = observedState
                .lastGood()
                .listen()
                .filter(it -> !Optional.of(it).equals(observedState.listen()))
                .isPresent();
        steps.addAll(
                elsewhere
                        ? afterUpgrade(observedState, new LivepatchStep.GoBack(why))
                        : withdrawn(observedState, status));
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

    private static List<LivepatchStep> withdrawn(ObservedState observedState, UnitStatus why) {
        List<LivepatchStep> steps = new ArrayList<>();
        if (observedState.website().stream().anyMatch(bag -> !bag.isEmpty())) {
            steps.add(new LivepatchStep.PublishWebsite(Map.of()));
        }
        // Without its database it cannot answer a request; a missing URL alone is no reason to stop what runs.
        if (observedState.service().isPresent() && observedState.dsn().isEmpty()) {
            steps.add(new LivepatchStep.StopServer(why.message()));
        }
        return steps;
    }

    private static List<LivepatchStep> server(
            ObservedState observedState, ServerConfig wanted, ServerConfig.Listen listen) {
        if (observedState.service().isPresent()) {
            ServiceState service = observedState.service().get();
            Optional<String> refusal = observedState.lastGood().refusal(service, wanted);
            if (refusal.isPresent()) {
                return List.of(new LivepatchStep.GoBack(refusal.get()));
            }
            boolean runs = service.fingerprint().equals(wanted.fingerprint());
            if (runs || LastGoodConfig.runsInsteadOf(service, wanted).isPresent()) {
                return running(
                        observedState,
                        service,
                        runs && !observedState.lastGood().is(wanted));
            }
        }
        List<LivepatchStep> steps = new ArrayList<>();
        steps.add(new LivepatchStep.CheckConfiguration(wanted.fingerprint()));
        if (observedState.leader()) {
            steps.add(new LivepatchStep.UpgradeSchema());
        }
        steps.add(new LivepatchStep.WriteConfiguration(wanted.fingerprint()));
        steps.add(new LivepatchStep.StartServer(
                listen.address(), listen.port(), observedState.service().isPresent()));
        return steps;
    }

    /** A new configuration is good once all run by it: those of before would be ready as well. */
    private static List<LivepatchStep> running(ObservedState observedState, ServiceState service, boolean onTrial) {
        if (!service.crew().equals(observedState.reached().map(observedState.workers()::crew))) {
            return List.of(new LivepatchStep.RunWorkers(
                    observedState.workers().count(), observedState.workers().mode()));
        }
        return onTrial && service.serves() && service.renewed()
                ? List.of(new LivepatchStep.KeepAsLastGood())
                : List.of();
    }

    /** Named only once it could do some work; after that the proxy keeps it, and its health checks decide what it is sent. */
    private static List<LivepatchStep> website(ObservedState observedState) {
        ServerConfig.Listen listen = observedState.reached().orElseThrow();
        Map<String, String> bag = new TreeMap<>(Map.of(
                "hostname", listen.address(),
                "port", String.valueOf(listen.port()),
                "state", observedState.serves() ? "ready" : "starting"));
        boolean differs = observedState.website().stream()
                .anyMatch(published -> !published.equals(bag) && (observedState.serves() || !published.isEmpty()));
        return differs ? List.of(new LivepatchStep.PublishWebsite(bag)) : List.of();
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
