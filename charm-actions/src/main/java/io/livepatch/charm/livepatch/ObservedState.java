package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.exec.PortProbe;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that the plan is made from.
 *
 * @param unasked the database relation that has not been told what we want
 * @param website what was published to website relations; one entry a relation
 * @param workers how many processes there shall be, whether or not that is possible
 * @param wanted the configuration, when everything it needs is known
 * @param health what the server's processes say of themselves; asked only when not all of them are ready
 * @param refused why the unit cannot run with its options
 * @param surplus why there must not be a server in this unit, since there is one in another
 */
record ObservedState(
        boolean leader,
        WorkerSettings workers,
        Optional<LivepatchYaml.Listen> listen,
        boolean databaseRelated,
        Optional<Integer> unasked,
        Optional<String> dsn,
        boolean websiteRelated,
        Optional<String> urlTemplate,
        boolean administratorMissing,
        Optional<LivepatchYaml> wanted,
        Optional<ServiceState> service,
        List<ServerHealth> health,
        LastGoodConfig lastGood,
        Optional<String> obstacle,
        Optional<String> refused,
        Optional<String> surplus,
        List<Map<String, String>> website) {

    static ObservedState of(Unit unit) {
        Optional<LivepatchYaml.Listen> listen =
                LivepatchYaml.Listen.parse(unit.config().string(LivepatchYaml.ADDRESS), unit.address());
        Optional<String> refused = LivepatchRules.METADATA.problem(unit.config());
        List<Relation> databases = unit.relations("database");
        Optional<String> dsn = dsn(unit);
        Optional<String> template = unit.config().text("server.url-template").or(() -> fromHaproxy(unit));
        Optional<String> users = unit.config().text("auth.basic.users").or(() -> new AdminUsers(unit).lines());
        boolean missing = unit.config().flag("auth.basic.enabled") && users.isEmpty();
        Optional<ServiceState> service = unit.services().state(LivepatchExecutor.SERVICE);
        Optional<LivepatchYaml.Listen> reached = reached(listen, service);
        Optional<LivepatchYaml> wanted = listen.isPresent() && dsn.isPresent() && template.isPresent() && !missing
                ? Optional.of(LivepatchYaml.of(unit, listen.get(), dsn.get(), template.get(), users))
                : Optional.empty();
        return new ObservedState(
                unit.leader(),
                WorkerSettings.of(unit),
                listen,
                !databases.isEmpty(),
                databases.stream()
                        .filter(relation ->
                                unit.leader() && !relation.applicationBag().containsKey("database"))
                        .map(Relation::id)
                        .findFirst(),
                dsn,
                !unit.relations("website").isEmpty(),
                template,
                missing,
                wanted,
                service,
                refused.isEmpty() ? health(WorkerSettings.of(unit), reached, service) : List.of(),
                LastGoodConfig.of(unit),
                service.isPresent() || listen.isEmpty()
                        ? Optional.empty()
                        : PortProbe.problem(listen.get().address(), listen.get().port()),
                refused,
                PatchStorage.surplus(unit.config(), unit.name(), unit.plannedUnits()),
                unit.relations("website").stream().map(Relation::unitBag).toList());
    }

    static Optional<String> dsn(Unit unit) {
        return unit.relations("database").stream()
                .flatMap(relation ->
                        Optional.ofNullable(relation.remoteApplicationBag().get("secret-user")).stream())
                .flatMap(id -> unit.secrets().read(id).stream())
                .flatMap(content -> Optional.ofNullable(content.get("uris")).stream())
                .map(uris -> uris.split(" ", -1)[0])
                .findFirst();
    }

    private static Optional<String> fromHaproxy(Unit unit) {
        for (Relation relation : unit.relations("website")) {
            for (UnitName proxy : relation.remoteUnits()) {
                String url = relation.remoteUnitBag(proxy).get("url");
                if (url != null) {
                    return Optional.of(url + "/v1/patches/{filename}");
                }
            }
        }
        return Optional.empty();
    }

    private static List<ServerHealth> health(
            WorkerSettings workers, Optional<LivepatchYaml.Listen> listen, Optional<ServiceState> service) {
        boolean unwell = service.filter(it -> it.phase() == ServiceState.Phase.STARTING
                        || (it.serves() && (!it.renewed() || it.ready() < workers.count())))
                .isPresent();
        return unwell && listen.isPresent() ? ServerHealth.ask(workers.probes(listen.get())) : List.of();
    }

    /** Where the server is reached: what runs may not be what is wanted, and listen elsewhere. */
    Optional<LivepatchYaml.Listen> reached() {
        return reached(listen, service);
    }

    private static Optional<LivepatchYaml.Listen> reached(
            Optional<LivepatchYaml.Listen> wanted, Optional<ServiceState> service) {
        return service.flatMap(ServiceState::crew).map(LivepatchYaml.Listen::of).or(() -> wanted);
    }

    /** Whether it does some work: all of it, or what is left while its database or its store is away. */
    boolean serves() {
        return service.filter(it -> it.serves() || health.stream().anyMatch(ServerHealth::serves))
                .isPresent();
    }
}
