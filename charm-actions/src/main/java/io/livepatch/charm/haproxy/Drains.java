package io.livepatch.charm.haproxy;

import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.runtime.HaproxyException;
import io.livepatch.haproxy.runtime.ServerStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The units behind haproxy that drain: they publish {@code state=draining}, get no new requests, and wait until haproxy publishes in
 * {@code drained} that it has no request of theirs in flight. A unit of another charm that does not look at it loses nothing.
 */
final class Drains {
    /** The key under which haproxy publishes the names of the drained units, separated by spaces; {@code none} without one. */
    static final String DRAINED = "drained";

    static final String NONE = "none";

    /** How often requests in flight are counted while a unit drains. */
    static final Duration INTERVAL = Duration.ofMillis(500);

    private Drains() {}

    /** Whether a unit drains. */
    static boolean running(Unit unit) {
        return !draining(unit).isEmpty();
    }

    /** The value of {@link #DRAINED}. */
    static String drained(Unit unit, boolean answers) {
        List<UnitName> draining = draining(unit);
        if (draining.isEmpty()) {
            return NONE;
        }
        Optional<List<ServerStatus>> servers = answers ? servers(unit) : Optional.of(List.of());
        String names = draining.stream()
                .filter(name -> servers.filter(all -> isDrained(name, all)).isPresent())
                .map(UnitName::toString)
                .collect(Collectors.joining(" "));
        return names.isEmpty() ? NONE : names;
    }

    private static boolean isDrained(UnitName name, List<ServerStatus> servers) {
        String server = Server.of(name.toString(), "127.0.0.1", 1).haproxyName();
        return servers.stream()
                .filter(status -> status.name().equals(server))
                .allMatch(status -> status.condition() != ServerStatus.Condition.UP
                        && status.sessions() == 0
                        && status.queued() == 0);
    }

    /** Empty if haproxy ended meanwhile, or during the answer. */
    private static Optional<List<ServerStatus>> servers(Unit unit) {
        try {
            return Optional.of(HaproxyPaths.of(unit).haproxy().runtime().servers());
        } catch (HaproxyException.NotRunning | HaproxyException.CommandRefused e) {
            return Optional.empty();
        }
    }

    private static List<UnitName> draining(Unit unit) {
        return unit.relations("reverseproxy").stream()
                .flatMap(relation -> relation.remoteUnits().stream().filter(name -> isDraining(relation, name)))
                .toList();
    }

    static boolean isDraining(Relation relation, UnitName name) {
        return relation.remoteUnitBag(name).getOrDefault("state", "").equals("draining");
    }
}
