package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.exec.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Executes the steps of a {@link LivepatchPlan}. Each is idempotent. */
final class LivepatchExecutor {
    static final String SERVICE = "livepatch-server";
    static final String DATABASE = "livepatch";
    /** Covers the server's drain and the requests in flight. */
    static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);

    /** The server uses the Java installation of the charm. */
    private static final String JAVA_HOME = System.getProperty("java.home", "");

    private final Unit unit;
    private final ServerUser user = ServerUser.get();
    private final InstantSource clock;

    LivepatchExecutor(Unit unit, InstantSource clock) {
        this.unit = unit;
        this.clock = clock;
    }

    void createUser() {
        user.create();
    }

    void makeAdministrator() {
        new AdminUsers(unit).makeAdmin();
    }

    void upgradeSchemaAndLog() {
        unit.log(upgradeSchema());
    }

    /** On trial from now on, unless it is the last good configuration. */
    void startServer(LivepatchYaml target) {
        Trial trial = Trial.of(unit);
        // The causes of ends come from the logs of the workers, not from a position in one log.
        (LastGoodConfig.of(unit).startsAs(target)
                        ? trial.ended()
                        : trial.begun(target.fingerprint(), clock.instant(), 0))
                .save(unit);
        reloadServer(target);
    }

    void reloadServer(LivepatchYaml target) {
        start(target.fingerprint(), target.liveFingerprint(), target.listen().orElseGet(this::listen));
    }

    void keepAsLastGood() {
        PrivateFile.write(
                LastGoodConfig.of(unit).file(),
                PrivateFile.read(configuration()).orElse(""));
        Trial.of(unit).ended().save(unit);
    }

    /** The workers that were replaced may have been root's, and have written until then. */
    void handOver() {
        user.takeOver(unit);
        user.name().ifPresent(name -> PrivateFile.give(LastGoodConfig.of(unit).file(), name));
    }

    void refuse(String reason) {
        Trial.of(unit).refused(desired().fingerprint(), reason).save(unit);
    }

    void stopServer() {
        unit.services().stop(SERVICE);
        unit.openPorts(Set.of());
    }

    void publishWebsite(Map<String, String> bag) {
        unit.relations("website").forEach(relation -> relation.publish(bag));
    }

    void publishDraining() {
        publishWebsite(Map.of("state", "draining"));
    }

    void requestDatabase(int id) {
        unit.relations("database").stream()
                .filter(relation -> relation.id() == id)
                .forEach(relation -> relation.publishForApplication(new TreeMap<>(Map.of(
                        "database",
                        DATABASE,
                        "requested-secrets",
                        "[\"username\",\"password\",\"tls\",\"tls-ca\",\"uris\",\"read-only-uris\"]"))));
    }

    /** Returns the last line of the tool's output. */
    String upgradeSchema() {
        if (!unit.leader()) {
            throw new CharmException(
                    "'" + unit.name() + "' is not the leader, who alone upgrades the schema; run it on "
                            + unit.application() + "/leader");
        }
        String dsn = ObservedState.dsn(unit)
                .orElseThrow(() -> new CharmException(
                        "the database connection is not set; relate " + unit.application() + " to postgresql"));
        ExternalProgram.Output output = ExternalProgram.of(
                        unit.program("livepatch-schema-tool").toString(), "upgrade")
                .withEnvironment("LP_DATABASE_CONNECTION_STRING", dsn)
                .withEnvironment("JAVA_HOME", JAVA_HOME)
                .as(user.name())
                .withTimeout(Duration.ofMinutes(10))
                .runOrThrow();
        return output.stdout().strip().lines().reduce((_, last) -> last).orElse("the schema is up to date");
    }

    private Path configuration() {
        return configuration(unit);
    }

    private static Path configuration(Unit unit) {
        return unit.directory().resolve("livepatch.yaml");
    }

    private LivepatchYaml desired() {
        return ObservedState.desired(unit)
                .orElseThrow(() -> new CharmException("the configuration is not complete any more"));
    }

    private LivepatchYaml.Listen listen() {
        return ObservedState.listen(unit)
                .orElseThrow(() -> new CharmException("server.server-address is not address:port"));
    }

    /**
     * The service gets this configuration's own fingerprint. So a change of the options is compared with it, and if they lead to
     * the same configuration again the server keeps running.
     */
    void startLastGood() {
        LastGoodConfig good = LastGoodConfig.of(unit);
        user.write(configuration(), good.yaml().orElse(""));
        start(
                good.config().map(LivepatchYaml::fingerprint).orElse(""),
                good.config().map(LivepatchYaml::liveFingerprint).orElse(""),
                good.listen().orElseGet(this::listen));
    }

    /** Throws if the server would refuse the configuration, or cannot use its files, so that the later steps are not executed. */
    void check(LivepatchYaml target) {
        user.createDirectories(target, unit.directory());
        Path candidate = unit.directory().resolve("livepatch.next.yaml");
        user.write(candidate, target.yaml());
        // Not kept as refused: the configuration is tried again as soon as the operator has given the user its files.
        user.obstacle(unit, target, Path.of(JAVA_HOME)).ifPresent(reason -> {
            startLastGoodInsteadOf(target);
            throw refused(reason);
        });
        refusal(candidate).ifPresent(reason -> {
            if (LastGoodConfig.of(unit).replaces(target, unit.plannedUnits())) {
                refuse(reason);
            } else {
                startLastGoodInsteadOf(target);
            }
            throw refused(reason);
        });
    }

    /** After a restart of the machine no server runs yet. */
    private void startLastGoodInsteadOf(LivepatchYaml refused) {
        LastGoodConfig good = LastGoodConfig.of(unit);
        if (unit.services().state(SERVICE).isEmpty() && good.canRun(unit.plannedUnits()) && !good.is(refused)) {
            startLastGood();
        }
    }

    private CharmException.Blocked refused(String reason) {
        boolean runs = unit.services().state(SERVICE).isPresent();
        return new CharmException.Blocked(
                "the configuration is refused" + (runs ? ", the running one is kept: " : ": ") + reason);
    }

    private Optional<String> refusal(Path candidate) {
        ExternalProgram.Output output = ExternalProgram.of(
                        unit.program(SERVICE).toString(), "--check", "--config", candidate.toString())
                .withEnvironment("JAVA_HOME", JAVA_HOME)
                .as(user.name())
                .withTimeout(Duration.ofMinutes(1))
                .run();
        return output.ok() ? Optional.empty() : Optional.of(output.reason());
    }

    void write(LivepatchYaml target) {
        if (unit.config().text("patch-storage.filesystem-path").isEmpty()) {
            PrivateFile.directory(LivepatchYaml.patches(unit), "rwx------");
        }
        if (unit.config().text("patch-cache.path").isEmpty()) {
            PrivateFile.directory(LivepatchYaml.cache(unit), "rwx------");
        }
        user.write(configuration(), target.yaml());
    }

    /** Keeps the configuration with which the server runs. */
    void runWorkers() {
        Optional<ServiceState> service = unit.services().state(SERVICE);
        String fingerprint =
                service.map(ServiceState::fingerprint).orElseGet(() -> desired().fingerprint());
        start(
                fingerprint,
                service.flatMap(ServiceState::reloadFingerprint)
                        .orElseGet(() -> desired().liveFingerprint()),
                service.flatMap(ServiceState::workerPool)
                        .map(LivepatchYaml.Listen::of)
                        .orElseGet(this::listen));
    }

    /** The configuration file of the running server; empty if none runs. */
    static Optional<Path> activeConfiguration(Unit unit) {
        return unit.services().state(SERVICE).map(_ -> configuration(unit));
    }

    static boolean runsDesiredConfiguration(Unit unit) {
        Optional<String> desired = ObservedState.desired(unit).map(LivepatchYaml::fingerprint);
        return desired.isPresent()
                && desired.equals(unit.services().state(SERVICE).map(ServiceState::fingerprint));
    }

    private void start(String fingerprint, String liveFingerprint, LivepatchYaml.Listen listen) {
        PrivateFile.directory(unit.directory().resolve("log"), "rwx------");
        user.name().ifPresent(name -> PrivateFile.give(configuration(), name));
        user.takeOver(unit);
        WorkerSettings workerSettings = WorkerSettings.of(unit);
        Map<String, String> environment = new HashMap<>(workerSettings.environment(listen));
        environment.put("JAVA_HOME", JAVA_HOME);
        unit.services()
                .ensure(ServiceSpec.of(
                                SERVICE,
                                unit.directory(),
                                List.of(
                                        unit.program("livepatch-server").toString(),
                                        "--config",
                                        configuration().toString()))
                        .environment(environment)
                        .user(user.name())
                        .stop("TERM", STOP_TIMEOUT)
                        .ready(ServiceCheck.ready(workerSettings.ready(listen)))
                        .live(ServiceCheck.live(workerSettings.live(listen)))
                        .workerPool(workerSettings.workerPool(listen))
                        .fingerprint(fingerprint)
                        .reload(new ServiceSpec.Reload("HUP", liveFingerprint))
                        .build());
        unit.openPorts(Set.of(listen.port()));
    }
}
