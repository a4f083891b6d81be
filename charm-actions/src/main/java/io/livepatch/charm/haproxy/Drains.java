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
import java.util.stream.Stream;

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

    /**
     * What the running haproxy does for the units that drain.
     *
     * @param drained the value of {@link #DRAINED}
     * @param undrained their servers that still get requests
     */
    record Progress(String drained, List<Server.Ref> undrained) {
        Progress {
            undrained = List.copyOf(undrained);
        }
    }

    static Progress progress(Unit unit, boolean answers) {
        List<UnitName> draining = draining(unit);
        if (draining.isEmpty()) {
            return new Progress(NONE, List.of());
        }
        Optional<List<ServerStatus>> servers = answers ? servers(unit) : Optional.of(List.of());
        if (servers.isEmpty()) {
            return new Progress(NONE, List.of());
        }
        String names = draining.stream()
                .filter(name -> of(name, servers.get())
                        .allMatch(status -> !isUp(status) && status.sessions() == 0 && status.queued() == 0))
                .map(UnitName::toString)
                .collect(Collectors.joining(" "));
        return new Progress(
                names.isEmpty() ? NONE : names,
                draining.stream()
                        .flatMap(name -> of(name, servers.get()).filter(Drains::isUp))
                        .map(status -> new Server.Ref(status.backend(), status.name()))
                        .toList());
    }

    private static Stream<ServerStatus> of(UnitName name, List<ServerStatus> servers) {
        String server = Server.of(name.toString(), "127.0.0.1", 1).haproxyName();
        return servers.stream().filter(status -> status.name().equals(server));
    }

    private static boolean isUp(ServerStatus status) {
        return status.condition() == ServerStatus.Condition.UP;
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
