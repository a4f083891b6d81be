package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.Plan;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * How a unit leaves without a failed request: it publishes that it drains, waits until each proxy has published that none of its
 * requests is in flight there, and stops the server. A proxy that does not publish this is not waited for: the server's own drain,
 * during which it answers and its health check fails, covers such a proxy.
 */
final class Departure {
    /** What haproxy publishes: the names of drained units. */
    private static final String DRAINED = "drained";

    private Departure() {}

    static Plan<LivepatchExecutor> plan(Unit unit) {
        if (finished(unit)) {
            return Plan.nothing(UnitStatus.maintenance("stopped"));
        }
        boolean published = unit.relations("website").stream()
                .map(Relation::unitBag)
                .anyMatch(
                        bag -> !bag.isEmpty() && !bag.getOrDefault("state", "").equals("draining"));
        if (published) {
            return new Plan<>(
                    List.of(new Plan.Step<>("publish that the unit drains", LivepatchExecutor::publishDraining)),
                    UnitStatus.maintenance("draining"));
        }
        List<String> busy = proxiesWithRequests(unit);
        return busy.isEmpty()
                ? new Plan<>(
                        List.of(new Plan.Step<>("stop the drained server", LivepatchExecutor::stopServer)),
                        UnitStatus.maintenance("stopping"))
                : Plan.nothing(UnitStatus.maintenance("draining, waits for requests of " + String.join(", ", busy)));
    }

    /** Whether the unit has stopped its server. */
    static boolean finished(Unit unit) {
        return unit.services().state(LivepatchExecutor.SERVICE).isEmpty();
    }

    private static List<String> proxiesWithRequests(Unit unit) {
        return unit.relations("website").stream()
                .flatMap(relation ->
                        relation.remoteUnits().stream().filter(proxy -> busy(unit, relation.remoteUnitBag(proxy))))
                .map(UnitName::toString)
                .toList();
    }

    private static boolean busy(Unit unit, Map<String, String> proxy) {
        return proxy.containsKey(DRAINED)
                && !Arrays.asList(proxy.getOrDefault(DRAINED, "").split(" ", -1))
                        .contains(unit.name().toString());
    }
}
