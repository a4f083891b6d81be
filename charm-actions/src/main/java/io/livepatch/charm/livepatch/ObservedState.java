package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.exec.PortProbe;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The input of the {@link LivepatchPlan}.
 *
 * @param userMissing whether the user that runs the server has to be created
 * @param databaseToRequest the database relation to which no request is published yet
 * @param website the published bag of each website relation
 * @param workers the desired workers
 * @param desired the desired configuration, if all its inputs are known
 * @param health the health that the server's processes report; queried only if not all are ready
 * @param handedOver whether what root's server wrote belongs to the user, as the file of the last good configuration does
 * @param refused why the server cannot run with the unit's options
 * @param surplus why this unit must not run a server, because another one does
 */
record ObservedState(
        boolean leader,
        boolean userMissing,
        WorkerSettings workers,
        Optional<LivepatchYaml.Listen> listen,
        boolean databaseRelated,
        Optional<Integer> databaseToRequest,
        Optional<String> dsn,
        boolean administratorMissing,
        Optional<LivepatchYaml> desired,
        Optional<ServiceState> service,
        List<ServerHealth> health,
        LastGoodConfig lastGood,
        boolean handedOver,
        Optional<String> obstacle,
        Optional<String> refused,
        Optional<String> surplus,
        List<Map<String, String>> website) {

    static ObservedState of(Unit unit) {
        Optional<LivepatchYaml.Listen> listen = listen(unit);
        Optional<String> refused = LivepatchRules.METADATA.problem(unit.config());
        List<Relation> databases = unit.relations("database");
        Optional<ServiceState> service = unit.services().state(LivepatchExecutor.SERVICE);
        Optional<LivepatchYaml.Listen> effectiveListen = effectiveListen(listen, service);
        return new ObservedState(
                unit.leader(),
                ServerUser.get().missing(),
                WorkerSettings.of(unit),
                listen,
                !databases.isEmpty(),
                databases.stream()
                        .filter(relation ->
                                unit.leader() && !relation.applicationBag().containsKey("database"))
                        .map(Relation::id)
                        .findFirst(),
                dsn(unit),
                administratorMissing(unit, users(unit)),
                desired(unit),
                service,
                refused.isEmpty() ? health(WorkerSettings.of(unit), effectiveListen, service) : List.of(),
                LastGoodConfig.of(unit),
                ServerUser.get().owns(LastGoodConfig.of(unit).file()),
                service.isPresent() || listen.isEmpty()
                        ? Optional.empty()
                        : PortProbe.problem(listen.get().address(), listen.get().port()),
                refused,
                PatchStorage.surplus(unit.config(), unit.name(), unit.plannedUnits()),
                unit.relations("website").stream().map(Relation::unitBag).toList());
    }

    /** The desired configuration, if all its inputs are known. Unlike a whole state it asks no process. */
    static Optional<LivepatchYaml> desired(Unit unit) {
        Optional<String> users = users(unit);
        return listen(unit)
                .filter(_ -> !administratorMissing(unit, users))
                .flatMap(listen -> dsn(unit).map(dsn -> LivepatchYaml.of(unit, listen, dsn, users)));
    }

    static Optional<LivepatchYaml.Listen> listen(Unit unit) {
        return LivepatchYaml.Listen.parse(unit.config().string(LivepatchYaml.ADDRESS), unit.address());
    }

    private static Optional<String> users(Unit unit) {
        return unit.config().text("auth.basic.users").or(() -> new AdminUsers(unit).lines());
    }

    private static boolean administratorMissing(Unit unit, Optional<String> users) {
        return unit.config().flag("auth.basic.enabled") && users.isEmpty();
    }

    static Optional<String> dsn(Unit unit) {
        return unit.relations("database").stream()
                .flatMap(relation -> dsn(unit, relation.remoteApplicationBag()).stream())
                .findFirst();
    }

    /** From a secret, or from plain entries of a provider that cannot make secrets. */
    private static Optional<String> dsn(Unit unit, Map<String, String> bag) {
        Map<String, String> credentials = Optional.ofNullable(bag.get("secret-user"))
                .map(id -> unit.readSecret(id).orElse(Map.of()))
                .orElse(bag);
        Optional<String> whole = Optional.ofNullable(credentials.get("uris")).map(uris -> uris.split(" ", -1)[0]);
        return whole.or(() -> Optional.ofNullable(credentials.get("username"))
                .flatMap(user -> Optional.ofNullable(credentials.get("password"))
                        .flatMap(password -> Optional.ofNullable(bag.get("endpoints"))
                                .map(endpoints -> "postgresql://" + user + ":" + password + "@" + endpoints + "/"
                                        + bag.getOrDefault("database", LivepatchExecutor.DATABASE)))));
    }

    private static List<ServerHealth> health(
            WorkerSettings workers, Optional<LivepatchYaml.Listen> listen, Optional<ServiceState> service) {
        boolean notReady = service.filter(it -> it.phase() == ServiceState.Phase.STARTING
                        || (it.serves() && (!it.upToDate() || it.ready() < workers.count())))
                .isPresent();
        return notReady && listen.isPresent() ? ServerHealth.query(workers.probes(listen.get())) : List.of();
    }

    /** The address of the running server, which may run with another configuration; else the desired one. */
    Optional<LivepatchYaml.Listen> effectiveListen() {
        return effectiveListen(listen, service);
    }

    private static Optional<LivepatchYaml.Listen> effectiveListen(
            Optional<LivepatchYaml.Listen> desired, Optional<ServiceState> service) {
        return service.flatMap(ServiceState::workerPool)
                .map(LivepatchYaml.Listen::of)
                .or(() -> desired);
    }

    /** Whether the server can do some of its work, such as downloads without the database. */
    boolean serves() {
        return service.filter(it -> it.serves() || health.stream().anyMatch(ServerHealth::serves))
                .isPresent();
    }
}
