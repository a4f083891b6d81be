package io.livepatch.charm.local;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Three charms that publish, wait, fail and leave as the real ones do: a database, servers that need it, and a proxy before the
 * servers. Their calls fail at random, before or after their writes.
 */
final class SimulatedCharms {
    private final SimulatedWorld world;

    SimulatedCharms(SimulatedWorld world) {
        this.world = world;
    }

    List<Charm> all() {
        return List.of(
                charm("sim-db", this::database, Map.of()),
                charm("sim-web", this::web, Map.of("count", SimulatedCharms::count)),
                charm("sim-proxy", this::proxy, Map.of()));
    }

    private interface Reconcile {
        Outcome of(Unit unit);
    }

    private Charm charm(String name, Reconcile reconcile, Map<String, Charm.Action> actions) {
        CharmMetadata metadata = CharmMetadata.read(name);
        return new Charm() {
            @Override
            public CharmMetadata metadata() {
                return metadata;
            }

            @Override
            public Outcome reconcile(Unit unit) {
                failSometimes("before its work");
                Outcome outcome = reconcile.of(unit);
                failSometimes("after its work");
                return outcome;
            }

            @Override
            public Map<String, Action> actions() {
                return actions;
            }
        };
    }

    private void failSometimes(String when) {
        if (world.misfortune(12)) {
            throw new CharmException("fails " + when);
        }
    }

    /** Pending until it has been asked three times. */
    private static ActionAnswer count(Unit unit, Charm.ActionCall call) {
        int count = Integer.parseInt(call.progress().getOrDefault("count", "0")) + 1;
        return count == 3
                ? ActionResult.of("counted", "3")
                : new ActionAnswer.Pending(count + " of 3", Map.of("count", String.valueOf(count)));
    }

    private Outcome database(Unit unit) {
        if (unit.leaving()) {
            unit.services().stop("db");
            return Outcome.finished();
        }
        if (!runs(unit, "db")) {
            return waiting(unit, "db");
        }
        if (unit.leader()) {
            unit.secrets().put("password", Map.of("password", "of " + unit.application()));
            unit.relations("db")
                    .forEach(relation -> relation.publishForApplication(Map.of("endpoint", unit.address())));
        }
        return active("db");
    }

    private Outcome web(Unit unit) {
        if (unit.leaving()) {
            return leaveWeb(unit);
        }
        Optional<String> endpoint = unit.relations("db").stream()
                .flatMap(relation ->
                        Optional.ofNullable(relation.remoteApplicationBag().get("endpoint")).stream())
                .findFirst();
        if (endpoint.isEmpty()) {
            return Outcome.of(UnitStatus.waiting("for a database"));
        }
        if (!runs(unit, "web")) {
            return waiting(unit, "web");
        }
        unit.relations("site")
                .forEach(relation -> relation.publish(Map.of("address", unit.address(), "state", "ready")));
        return active("web");
    }

    private static Outcome leaveWeb(Unit unit) {
        List<Relation> sites = unit.relations("site");
        boolean published = sites.stream().anyMatch(site -> !site.unitBag().isEmpty());
        if (published) {
            sites.forEach(site -> site.publish(Map.of("state", "draining")));
            boolean busy = sites.stream()
                    .anyMatch(site -> site.remoteUnits().stream()
                            .map(site::remoteUnitBag)
                            .anyMatch(proxy -> proxy.containsKey("drained")
                                    && !names(proxy).contains(unit.name())));
            if (busy) {
                return Outcome.of(UnitStatus.maintenance("draining"));
            }
        }
        unit.services().stop("web");
        return Outcome.finished();
    }

    private static List<UnitName> names(Map<String, String> proxy) {
        return Arrays.stream(proxy.getOrDefault("drained", "").split(" ", -1))
                .flatMap(name -> UnitName.parse(name).stream())
                .toList();
    }

    private Outcome proxy(Unit unit) {
        if (unit.leaving()) {
            unit.relations("site").forEach(site -> site.publish(Map.of("drained", "")));
            unit.services().stop("proxy");
            return Outcome.finished();
        }
        if (!runs(unit, "proxy")) {
            return waiting(unit, "proxy");
        }
        for (Relation site : unit.relations("site")) {
            Map<Boolean, List<UnitName>> servers = site.remoteUnits().stream()
                    .filter(server -> site.remoteUnitBag(server).containsKey("address"))
                    .collect(Collectors.partitioningBy(server ->
                            site.remoteUnitBag(server).getOrDefault("state", "").equals("ready")));
            world.route(unit.name(), servers.getOrDefault(true, List.of()));
            String drained = servers.getOrDefault(false, List.of()).stream()
                    .filter(server -> world.idle(unit.name(), server))
                    .map(UnitName::toString)
                    .collect(Collectors.joining(" "));
            site.publish(Map.of("drained", drained.isEmpty() ? "none" : drained));
        }
        return active("proxy").after(Duration.ofSeconds(1));
    }

    private static boolean runs(Unit unit, String service) {
        unit.services().ensure(spec(service, unit.config().string("color")));
        return unit.services().state(service).filter(ServiceState::serves).isPresent();
    }

    private static Outcome waiting(Unit unit, String service) {
        return Outcome.of(
                UnitStatus.waiting(Stream.of(service, "of", unit.name())
                        .map(Object::toString)
                        .collect(Collectors.joining(" "))),
                service);
    }

    private static Outcome active(String service) {
        return Outcome.of(UnitStatus.active("serves"), service);
    }

    private static ServiceSpec spec(String name, String fingerprint) {
        return ServiceSpec.of(name, Path.of("."), List.of(name))
                .fingerprint(fingerprint)
                .build();
    }
}
