package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.exec.PortProbe;
import io.livepatch.charm.exec.Trial;
import io.livepatch.charm.exec.Trial.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The input of the {@link LivepatchPlan}.
 *
 * @param userMissing whether the user that runs the server has to be created
 * @param databaseToRequest the database relation to which no request is published yet
 * @param website the published bag of each website relation
 * @param workers the desired workers
 * @param target the configuration to run with, if all its inputs are known: the desired one, or while that is refused the last good
 *     one
 * @param health the health that the server's processes report; queried only if not all are ready
 * @param handedOver whether what root's server wrote belongs to the user, as the file of the last good configuration does
 * @param verdict about the configuration that is on trial
 * @param report what to tell about a desired configuration that is refused, while the last good one is the target
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
        Optional<LivepatchYaml> target,
        Optional<ServiceState> service,
        List<ServerHealth> health,
        LastGoodConfig lastGood,
        boolean handedOver,
        Verdict verdict,
        Optional<Trial.Report> report,
        Optional<String> obstacle,
        Optional<String> refused,
        Optional<String> surplus,
        List<Map<String, String>> website) {

    /**
     * The server's exit code for a configuration that it cannot run with, and its time for a start under load, after the stop of the
     * worker that was replaced last, whose place the new one takes.
     */
    private static final Trial.Rules RULES =
            new Trial.Rules(Set.of(2), LivepatchExecutor.STOP_TIMEOUT.plus(Duration.ofMinutes(1)));

    static ObservedState of(Unit unit, Instant now) {
        Optional<String> refused = LivepatchRules.METADATA.problem(unit.config());
        List<Relation> databases = unit.relations("database");
        Optional<ServiceState> service = unit.services().state(LivepatchExecutor.SERVICE);
        LastGoodConfig lastGood = LastGoodConfig.of(unit);
        Optional<LivepatchYaml> desired = desired(unit);
        Trial trial = Trial.continued(unit, desired.map(LivepatchYaml::fingerprint), service);
        Optional<String> obstacle = listen(unit).flatMap(it -> obstacle(it, service, lastGood));
        Optional<Trial.Report> report = desired.filter(it -> lastGood.replaces(it, unit.plannedUnits()))
                .flatMap(it -> report(unit, trial, it, obstacle, lastGood));
        Optional<LivepatchYaml> target = report.isEmpty()
                ? desired
                : desired.flatMap(it -> lastGood.config().map(good -> good.withRelationsOf(it)));
        Optional<LivepatchYaml.Listen> listen = report.isEmpty() ? listen(unit) : target.flatMap(LivepatchYaml::listen);
        List<ServerHealth> health = refused.isEmpty()
                ? health(WorkerSettings.of(unit), effectiveListen(listen, service), service)
                : List.of();
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
                target,
                service,
                health,
                lastGood,
                ServerUser.get().owns(lastGood.file()),
                desired.filter(it -> report.isEmpty()
                                && trial.tries(it.fingerprint())
                                && lastGood.replaces(it, unit.plannedUnits()))
                        .flatMap(it ->
                                service.filter(running -> running.fingerprint().equals(it.fingerprint())))
                        .map(running -> verdict(trial, running, health, now))
                        .orElseGet(Verdict.Pending::new),
                report,
                report.isPresent() ? Optional.empty() : obstacle,
                refused,
                PatchStorage.surplus(unit.config(), unit.name(), unit.plannedUnits()),
                unit.relations("website").stream().map(Relation::unitBag).toList());
    }

    private static Verdict verdict(Trial trial, ServiceState service, List<ServerHealth> health, Instant now) {
        // A server without its database, for example, may do other work.
        boolean recovering = !service.serves() && health.stream().anyMatch(ServerHealth::serves);
        Optional<String> cause = service.end().flatMap(ServiceState.End::lastLine);
        return trial.judge(new Trial.Observation(service, service.proven() > 0, recovering, cause, now), RULES);
    }

    /**
     * Why the server cannot listen at its address. A running server and the last good configuration have theirs, where it would find
     * the unit's own processes.
     */
    private static Optional<String> obstacle(
            LivepatchYaml.Listen listen, Optional<ServiceState> service, LastGoodConfig lastGood) {
        boolean own = service.filter(it -> it.workerPool()
                                .map(LivepatchYaml.Listen::of)
                                .filter(running -> !running.equals(listen))
                                .isEmpty()
                        || lastGood.listen().equals(Optional.of(listen)))
                .isPresent();
        return own ? Optional.empty() : PortProbe.problem(listen.address(), listen.port());
    }

    /** Of a refused configuration, or of one with an address where it cannot listen, unless the last good one has the same. */
    private static Optional<Trial.Report> report(
            Unit unit, Trial trial, LivepatchYaml desired, Optional<String> obstacle, LastGoodConfig lastGood) {
        return trial.report(unit, desired.fingerprint())
                .or(() -> obstacle.filter(_ -> !lastGood.listen().equals(desired.listen()))
                        .map(why -> trial.reportObstacle(unit, why)));
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

    /**
     * The address to publish: that of processes that serve. While no process serves at a new address, those at the former one do.
     */
    Optional<LivepatchYaml.Listen> servingListen() {
        boolean unproven = service.filter(it -> it.proven() == 0).isPresent();
        return unproven && lastGood.listen().isPresent() ? lastGood.listen() : effectiveListen();
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
