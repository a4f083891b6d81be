package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Crew;
import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What to do next, from what is seen. Pure. */
final class LivepatchPlan {
    private LivepatchPlan() {}

    static Plan<LivepatchStep> of(Sight sight) {
        // Refused options say nothing of where patches are kept, which makes a unit one too many.
        if (sight.surplus().isPresent() && sight.refused().isEmpty()) {
            return impossible(sight, List.of(), sight.surplus().get());
        }
        List<LivepatchStep> steps = new ArrayList<>();
        sight.unasked().ifPresent(relation -> steps.add(new LivepatchStep.RequestDatabase(relation)));
        if (sight.administratorMissing() && sight.leader()) {
            steps.add(new LivepatchStep.MakeAdministrator());
            return new Plan<>(steps, UnitStatus.maintenance("starting"));
        }
        if (sight.refused().isPresent()) {
            return impossible(sight, steps, sight.refused().get());
        }
        Optional<UnitStatus> lacking = lacking(sight);
        if (lacking.isPresent()) {
            steps.addAll(withdrawn(sight, lacking.get()));
            return new Plan<>(steps, lacking.get());
        }
        if (sight.obstacle().isPresent()) {
            return obstructed(sight, steps, sight.obstacle().get());
        }
        steps.addAll(server(sight, sight.wanted().orElseThrow(), sight.listen().orElseThrow()));
        steps.addAll(website(sight));
        return new Plan<>(steps, status(sight));
    }

    /**
     * What runs is left as it is, and after a restart of the machine the last good configuration runs again. A unit that has none
     * starts nothing, and the proxy is not told of it.
     */
    private static Plan<LivepatchStep> impossible(Sight sight, List<LivepatchStep> first, String why) {
        List<LivepatchStep> steps = new ArrayList<>(first);
        if (sight.service().isPresent()) {
            steps.addAll(website(sight));
            return new Plan<>(
                    steps,
                    UnitStatus.blocked("✘ " + why + keepsRunning(sight.service().get())));
        }
        UnitStatus status = UnitStatus.blocked("✘ " + why);
        List<LivepatchStep> start = startLastGood(sight);
        steps.addAll(start.isEmpty() ? withdrawn(sight, status) : start);
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
    static List<LivepatchStep> startLastGood(Sight sight) {
        LastGood good = sight.lastGood();
        boolean possible = sight.service().isEmpty()
                && sight.dsn().isPresent()
                && (sight.surplus().isEmpty() || good.shared());
        return good.listen()
                .filter(_ -> possible)
                .map(listen -> afterUpgrade(sight, new LivepatchStep.StartLastGood(listen.address(), listen.port())))
                .orElse(List.of());
    }

    /** The server may be newer than the schema. */
    private static List<LivepatchStep> afterUpgrade(Sight sight, LivepatchStep start) {
        return sight.leader() ? List.of(new LivepatchStep.UpgradeSchema(), start) : List.of(start);
    }

    /** The address is not free. A configuration with another address, which was good before, is gone back to. */
    private static Plan<LivepatchStep> obstructed(Sight sight, List<LivepatchStep> first, String why) {
        UnitStatus status = UnitStatus.blocked(why);
        List<LivepatchStep> steps = new ArrayList<>(first);
        boolean elsewhere = sight.lastGood()
                .listen()
                .filter(it -> !Optional.of(it).equals(sight.listen()))
                .isPresent();
        steps.addAll(elsewhere ? afterUpgrade(sight, new LivepatchStep.GoBack(why)) : withdrawn(sight, status));
        return new Plan<>(steps, status);
    }

    /** What it waits for before it can run. */
    private static Optional<UnitStatus> lacking(Sight sight) {
        if (!sight.databaseRelated()) {
            return Optional.of(UnitStatus.blocked("Waiting for postgres relation to be established."));
        }
        if (sight.dsn().isEmpty()) {
            return Optional.of(UnitStatus.waiting("Waiting for postgres..."));
        }
        if (sight.urlTemplate().isEmpty()) {
            return Optional.of(
                    sight.websiteRelated()
                            ? UnitStatus.waiting("Waiting for the public URL of haproxy...")
                            : UnitStatus.blocked("✘ server.url-template config not set"));
        }
        return sight.administratorMissing()
                ? Optional.of(UnitStatus.waiting("Waiting for the leader to make an administrator..."))
                : Optional.empty();
    }

    private static List<LivepatchStep> withdrawn(Sight sight, UnitStatus why) {
        List<LivepatchStep> steps = new ArrayList<>();
        if (sight.website().stream().anyMatch(bag -> !bag.isEmpty())) {
            steps.add(new LivepatchStep.PublishWebsite(Map.of()));
        }
        // Without its database it cannot answer a request; a missing URL alone is no reason to stop what runs.
        if (sight.service().isPresent() && sight.dsn().isEmpty()) {
            steps.add(new LivepatchStep.StopServer(why.message()));
        }
        return steps;
    }

    private static List<LivepatchStep> server(Sight sight, ServerConfig wanted, ServerConfig.Listen listen) {
        if (sight.service().isPresent()) {
            ServiceState service = sight.service().get();
            Optional<String> refusal = sight.lastGood().refusal(service, wanted);
            if (refusal.isPresent()) {
                return List.of(new LivepatchStep.GoBack(refusal.get()));
            }
            boolean runs = service.fingerprint().equals(wanted.fingerprint());
            if (runs || LastGood.runsInsteadOf(service, wanted).isPresent()) {
                return running(sight, service, runs && !sight.lastGood().is(wanted));
            }
        }
        List<LivepatchStep> steps = new ArrayList<>();
        steps.add(new LivepatchStep.CheckConfiguration(wanted.fingerprint()));
        if (sight.leader()) {
            steps.add(new LivepatchStep.UpgradeSchema());
        }
        steps.add(new LivepatchStep.WriteConfiguration(wanted.fingerprint()));
        steps.add(new LivepatchStep.StartServer(
                listen.address(), listen.port(), sight.service().isPresent()));
        return steps;
    }

    /** A new configuration is good once all run by it: those of before would be ready as well. */
    private static List<LivepatchStep> running(Sight sight, ServiceState service, boolean onTrial) {
        if (!service.crew().equals(sight.reached().map(sight.workers()::crew))) {
            return List.of(new LivepatchStep.RunWorkers(
                    sight.workers().count(), sight.workers().mode()));
        }
        return onTrial && service.serves() && service.renewed()
                ? List.of(new LivepatchStep.KeepAsLastGood())
                : List.of();
    }

    /** Named only once it could do some work; after that the proxy keeps it, and its health checks decide what it is sent. */
    private static List<LivepatchStep> website(Sight sight) {
        ServerConfig.Listen listen = sight.reached().orElseThrow();
        Map<String, String> bag = new TreeMap<>(Map.of(
                "hostname", listen.address(),
                "port", String.valueOf(listen.port()),
                "state", sight.serves() ? "ready" : "starting"));
        boolean differs = sight.website().stream()
                .anyMatch(published -> !published.equals(bag) && (sight.serves() || !published.isEmpty()));
        return differs ? List.of(new LivepatchStep.PublishWebsite(bag)) : List.of();
    }

    private static UnitStatus status(Sight sight) {
        Optional<String> refused = sight.service()
                .flatMap(it -> LastGood.runsInsteadOf(it, sight.wanted().orElseThrow()));
        if (refused.isPresent()) {
            return UnitStatus.blocked("the configuration is refused, the last good one runs: " + refused.get());
        }

        if (sight.service().filter(ServiceState::serves).isPresent()) {
            return serving(sight, sight.service().orElseThrow());
        }
        return sight.service()
                .filter(it -> it.phase() == ServiceState.Phase.FAILING)
                .map(it -> UnitStatus.error(
                        "Livepatch is not running: " + it.problem().orElse("it ended")))
                .orElseGet(() -> unwell(sight));
    }

    /** Its processes run, and none of them can do all of its work: of those that can do some, one speaks for all. */
    private static UnitStatus unwell(Sight sight) {
        return sight.health().stream()
                .filter(ServerHealth::serves)
                .findFirst()
                .or(() -> sight.health().stream().findFirst())
                .map(ServerHealth::status)
                .orElseGet(() -> UnitStatus.waiting(
                        sight.website().stream().anyMatch(bag -> !bag.isEmpty())
                                ? "Livepatch does not answer its health probes"
                                : "Livepatch is starting"));
    }

    private static UnitStatus serving(Sight sight, ServiceState service) {
        String why = sight.health().stream()
                .filter(health -> !health.well())
                .findFirst()
                .map(ServerHealth::reason)
                .or(service::problem)
                .map(text -> ": " + text)
                .orElse("");
        if (!service.renewed()) {
            return UnitStatus.maintenance("Livepatch running, its workers are replaced one by one" + why);
        }
        int all = service.crew().map(Crew::count).orElse(1);
        if (service.ready() < all) {
            return UnitStatus.active("Livepatch running! (" + service.ready() + " of " + all + " workers" + why + ")");
        }
        return UnitStatus.active(all == 1 ? "Livepatch running!" : "Livepatch running! (" + all + " workers)");
    }
}
