package io.livepatch.charm.juju;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Secrets;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.juju.FakeModel.ApplicationData;
import io.livepatch.charm.juju.FakeModel.End;
import io.livepatch.charm.juju.FakeModel.RelationData;
import io.livepatch.charm.juju.FakeModel.UnitData;
import io.livepatch.charm.livepatch.LivepatchCharm;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.supervisor.WorkerInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One hook or action at a time, in the test's process, with a charm that each test writes. */
class DispatchIT {
    private static final UnitStatus FINE = UnitStatus.active("fine");
    private static final int PEERS = 1;
    private static final int WEBSITE = 2;

    @TempDir
    private Path directory;

    private final FakeModel model = new FakeModel();
    private final Map<String, ServiceSpec> services = new HashMap<>();
    private final Map<String, Charm.Action> actions = new HashMap<>();
    private FakeHookTools tools = new FakeHookTools(model, "livepatch/0", Map.of());
    private Runnable afterFirstRead = () -> {};

    @BeforeEach
    void makeModel() throws IOException {
        addUnit("livepatch", "livepatch/0", "127.0.91.1");
        addUnit("livepatch", "livepatch/1", "127.0.91.2");
        addUnit("haproxy", "haproxy/0", "127.0.91.3");
        model.application("livepatch").leader = "livepatch/0";
        model.application("haproxy").leader = "haproxy/0";
        model.relations.put(PEERS, new RelationData(List.of(new End("livepatch", "livepatch-peers"))));
        model.relations.put(
                WEBSITE,
                new RelationData(List.of(new End("livepatch", "website"), new End("haproxy", "reverseproxy"))));
        model.lastId = 10;
        for (String unit : List.of("livepatch/0", "livepatch/1")) {
            model.unit(unit).members.put(PEERS, new TreeSet<>(Set.of("livepatch/0", "livepatch/1")));
            model.unit(unit).members.get(PEERS).remove(unit);
            model.unit(unit).members.put(WEBSITE, new TreeSet<>(Set.of("haproxy/0")));
        }
        for (String member : List.of("livepatch/0", "livepatch/1", "haproxy/0")) {
            model.relations.get(WEBSITE).bag(member).put("ingress-address", model.unit(member).address);
            model.relations.get(WEBSITE).bag(member).put("private-address", model.unit(member).address);
        }
        Files.createDirectories(directory.resolve("charm/bin"));
        Files.writeString(directory.resolve("charm/metadata.yaml"), "name: livepatch\n");
    }

    private void addUnit(String application, String unit, String address) {
        model.applications
                .computeIfAbsent(application, ApplicationData::new)
                .units
                .put(unit, new UnitData(address));
    }

    private final class MemoryServices implements UnitServices {
        @Override
        public Map<String, List<WorkerInfo>> workers() {
            return Map.of();
        }

        @Override
        public void close() {}

        @Override
        public void stopAll() {
            services.clear();
        }

        @Override
        public void ensure(ServiceSpec spec) {
            services.put(spec.name(), spec);
        }

        @Override
        public void stop(String name) {
            services.remove(name);
        }

        @Override
        public void restart(String name) {}

        @Override
        public Optional<ServiceState> state(String name) {
            return Optional.ofNullable(services.get(name))
                    .map(spec -> new ServiceState(
                            name,
                            ServiceState.Phase.READY,
                            spec.fingerprint(),
                            spec.reload().map(ServiceSpec.Reload::fingerprint),
                            0,
                            Optional.empty(),
                            Optional.empty(),
                            spec.workerPool(),
                            1,
                            1,
                            true,
                            spec.reservedPorts()));
        }
    }

    private Charm charm(Function<Unit, Outcome> reconcile) {
        return new Charm() {
            @Override
            public CharmMetadata metadata() {
                return CharmMetadata.read("livepatch");
            }

            @Override
            public Outcome reconcile(Unit unit) {
                return reconcile.apply(unit);
            }

            @Override
            public Map<String, Action> actions() {
                return actions;
            }
        };
    }

    private int hook(String unit, String hook, Consumer<Unit> reconcile) {
        return run(unit, "hooks/" + hook, Map.of(), Map.of(), charm(it -> {
            reconcile.accept(it);
            return Outcome.of(FINE);
        }));
    }

    private int action(String unit, String name, Map<String, String> parameters) {
        Map<String, String> variables = Map.of("JUJU_ACTION_NAME", name, "JUJU_ACTION_UUID", "7");
        return run(unit, "actions/" + name, variables, parameters, charm(_ -> Outcome.of(FINE)));
    }

    private int run(
            String unit, String path, Map<String, String> variables, Map<String, String> parameters, Charm charm) {
        tools = new FakeHookTools(model, unit, parameters);
        Map<String, String> environment = new TreeMap<>(variables);
        environment.put("JUJU_DISPATCH_PATH", path);
        environment.put("JUJU_UNIT_NAME", unit);
        environment.put("JUJU_CHARM_DIR", directory.resolve("charm").toString());
        Dispatch dispatch = new Dispatch(
                Map.of("livepatch", () -> charm),
                directory,
                _ -> new MemoryServices(),
                InstantSource.system(),
                Duration.ZERO);
        int exit = dispatch.run(environment, new HookTools(this::tool));
        if (exit == 0) {
            tools.commit();
        }
        return exit;
    }

    private ExternalProgram.Output tool(List<String> command, String input) {
        try {
            String out = tools.run(command.getFirst(), command.subList(1, command.size()), input);
            if (command.getFirst().equals("is-leader")) {
                afterFirstRead.run();
            }
            return new ExternalProgram.Output(0, out, "");
        } catch (FakeHookTools.Refused e) {
            return new ExternalProgram.Output(1, "", "ERROR " + e.getMessage() + "\n");
        }
    }

    private static Unit.Relation website(Unit unit) {
        return unit.relations("website").getFirst();
    }

    private Map<String, String> bag(int relation, String member) {
        return model.relations.get(relation).bag(member);
    }

    @Test
    void publishingMergesAndOwnBagsHaveNoKeysOfJuju() {
        bag(WEBSITE, "livepatch/0").put("old", "1");
        hook("livepatch/0", "config-changed", unit -> {
            assertThat(website(unit).unitBag()).containsExactly(Map.entry("old", "1"));
            website(unit).publish(Map.of("port", "80", "old", ""));
            assertThat(website(unit).unitBag()).containsExactly(Map.entry("port", "80"));
            unit.peers().publishForApplication(Map.of("epoch", "3"));
            assertThat(unit.peers().remoteApplicationBag()).containsEntry("epoch", "3");
            assertThat(website(unit).remoteUnitBag(new UnitName("haproxy", 0)))
                    .containsEntry("ingress-address", "127.0.91.3");
        });

        assertThat(bag(WEBSITE, "livepatch/0")).containsOnlyKeys("port", "ingress-address", "private-address");
        assertThat(bag(PEERS, "livepatch")).containsEntry("epoch", "3");
        assertThat(model.unit("livepatch/0").status).isEqualTo("active: fine");
    }

    @Test
    void aFailedStepDropsAllWritesAndFailsTheHook() {
        int exit = hook("livepatch/0", "config-changed", unit -> {
            website(unit).publish(Map.of("port", "80"));
            unit.secrets().put("made", Map.of("key", "secret"));
            throw new CharmException("the disk is full");
        });

        assertThat(exit).isEqualTo(1);
        assertThat(bag(WEBSITE, "livepatch/0")).doesNotContainKey("port");
        assertThat(model.secrets).isEmpty();
        assertThat(tools.log).contains("ERROR hook config-changed failed: the disk is full");
    }

    @Test
    void aBlockedCharmIsNoFailedHookAndPublishesNothing() {
        int exit = hook("livepatch/0", "config-changed", unit -> {
            website(unit).publish(Map.of("port", "80"));
            throw new CharmException.Blocked("set an option");
        });

        assertThat(exit).isZero();
        assertThat(model.unit("livepatch/0").status).isEqualTo("blocked: set an option");
        assertThat(bag(WEBSITE, "livepatch/0")).doesNotContainKey("port");
    }

    @Test
    void aUnitThatIsNotTheLeaderIsRefused() {
        int exit = hook("livepatch/1", "config-changed", unit -> {
            assertThat(unit.leader()).isFalse();
            assertThat(website(unit).applicationBag()).isEmpty();
            website(unit).publishForApplication(Map.of("a", "b"));
        });

        assertThat(exit).isEqualTo(1);
        assertThat(tools.log.toString()).contains("cannot write for its application: it is not the leader");
    }

    @Test
    void aLeadershipThatIsLostDuringAHookFailsItAndCommitsNothing() {
        afterFirstRead = () -> model.application("livepatch").leader = "livepatch/1";

        int exit = hook("livepatch/0", "config-changed", unit -> {
            website(unit).publish(Map.of("port", "80"));
            unit.peers().publishForApplication(Map.of("epoch", "3"));
        });

        assertThat(exit).isEqualTo(1);
        assertThat(tools.log.toString())
                .contains("relation-set failed with exit code 1: cannot write relation settings");
        assertThat(bag(WEBSITE, "livepatch/0")).doesNotContainKey("port");
        assertThat(bag(PEERS, "livepatch")).isEmpty();
    }

    @Test
    void secretsAreFoundByLabelAndCountTheirContents() {
        hook("livepatch/0", "config-changed", unit -> {
            String id = unit.secrets().put("admin", Map.of("password", "one"));
            assertThat(unit.secrets().put("admin", Map.of("password", "one"))).isEqualTo(id);
            unit.unitSecrets().put("admin", Map.of("password", "own"));
            unit.secrets().grant(id, WEBSITE);
        });
        hook("livepatch/0", "config-changed", unit -> {
            assertThat(unit.secrets().labels()).containsExactly("admin");
            unit.secrets().put("admin", Map.of("password", "two"));
            assertThat(unit.secrets().find("admin"))
                    .map(Secrets.Owned::revision)
                    .contains(2);
        });

        assertThat(tools.calls).noneMatch(call -> call.contains("two"));
        hook("livepatch/1", "config-changed", unit -> {
            assertThat(unit.secrets().find("admin")).map(Secrets.Owned::content).contains(Map.of("password", "two"));
            assertThat(unit.unitSecrets().find("admin")).isEmpty();
        });
        hook("livepatch/0", "config-changed", unit -> {
            assertThat(unit.unitSecrets().find("admin"))
                    .map(Secrets.Owned::content)
                    .contains(Map.of("password", "own"));
            unit.secrets().remove("admin");
            assertThat(unit.secrets().find("admin")).isEmpty();
        });
        assertThat(model.secrets).hasSize(1);
    }

    @Test
    void plannedUnitsAreThoseThatAreNotDying() {
        model.unit("livepatch/1").dying = true;
        hook("livepatch/0", "config-changed", unit -> {
            assertThat(unit.plannedUnits()).containsExactly(new UnitName("livepatch", 0));
            assertThat(unit.leaving()).isFalse();
            assertThat(unit.peers().remoteUnits()).containsExactly(new UnitName("livepatch", 1));
        });
        hook("livepatch/1", "config-changed", unit -> assertThat(unit.leaving()).isTrue());
        hook("livepatch/0", "stop", unit -> {
            assertThat(unit.leaving()).isTrue();
            // Otherwise it is called again until it has finished.
            throw new CharmException.Blocked("cannot leave");
        });
    }

    @Test
    void aRelationIsGoneInItsBrokenHook() {
        Map<String, String> variables = Map.of("JUJU_RELATION_ID", "website:" + WEBSITE);
        run("livepatch/0", "hooks/website-relation-broken", variables, Map.of(), charm(unit -> {
            assertThat(unit.relations("website")).isEmpty();
            return Outcome.of(FINE);
        }));
        assertThat(model.unit("livepatch/0").status).isEqualTo("active: fine");
    }

    @Test
    void onlyTheDifferenceOfPortsIsOpenedAndClosed() {
        model.unit("livepatch/0").ports.addAll(Set.of("80/tcp", "443/tcp", "icmp"));
        hook("livepatch/0", "config-changed", unit -> {
            unit.openPorts(Set.of(443, 8080));
            unit.openPorts(Set.of(443, 8080));
        });
        assertThat(model.unit("livepatch/0").ports).containsExactlyInAnyOrder("443/tcp", "8080/tcp", "icmp");
        assertThat(tools.calls).filteredOn(call -> call.startsWith("open-port")).hasSize(1);
    }

    @Test
    void anUnknownHookAndOneBeforeThePeersDoNotCallTheCharm() {
        assertThat(hook("livepatch/0", "meter-status-changed", _ -> {
                    throw new AssertionError();
                }))
                .isZero();
        assertThat(tools.calls).isEmpty();
        model.unit("livepatch/0").members.clear();
        assertThat(hook("livepatch/0", "install", _ -> {
                    throw new AssertionError();
                }))
                .isZero();
        assertThat(model.unit("livepatch/0").status).isEqualTo("maintenance: installing");
    }

    @Test
    void theRemoveHookStopsWhatTheCharmDidNotAndDeletesTheUnit() {
        hook(
                "livepatch/0",
                "config-changed",
                unit -> unit.services()
                        .ensure(ServiceSpec.of("x", unit.directory(), List.of("true"))
                                .build()));
        assertThat(services).hasSize(1);
        assertThat(hook("livepatch/0", "remove", _ -> {})).isZero();
        assertThat(services).isEmpty();
        assertThat(directory.resolve("livepatch-0")).doesNotExist();
    }

    @Test
    void aPendingActionIsAskedAgainAfterLaterHooks() {
        actions.put("restart", (unit, call) -> {
            unit.peers().publish(Map.of("asked", String.valueOf(call.progress())));
            return bag(PEERS, "livepatch/1").containsKey("done")
                    ? ActionResult.of("restarted", "true")
                    : new ActionAnswer.Pending("livepatch/1 restarts", Map.of("begun", "true"));
        });

        assertThat(action("livepatch/0", "restart", Map.of())).isZero();
        assertThat(tools.results)
                .containsEntry("state", "pending")
                .containsEntry("waiting-for", "livepatch/1 restarts");
        hook("livepatch/0", "update-status", _ -> {});
        assertThat(model.unit("livepatch/0").state).hasSize(1);
        assertThat(bag(PEERS, "livepatch/0")).containsEntry("asked", "{begun=true}");

        bag(PEERS, "livepatch/1").put("done", "true");
        hook("livepatch/0", "livepatch-peers-relation-changed", _ -> {});
        assertThat(model.unit("livepatch/0").state).isEmpty();
        assertThat(tools.log).contains("INFO action 7 'restart' completed: {restarted=true}");
    }

    /** Otherwise an action on a blocked unit would never end, and one with a defect would put the unit into error for ever. */
    @Test
    void aPendingActionIsAskedAgainWhenTheCharmIsBlockedAndADefectEndsTheActionOnly() {
        actions.put("restart", (unit, call) -> {
            unit.peers().publish(Map.of("half", "done"));
            if (!call.first()) {
                throw new IllegalStateException("a defect");
            }
            return new ActionAnswer.Pending("livepatch/1 restarts", Map.of("begun", "true"));
        });
        action("livepatch/0", "restart", Map.of());
        bag(PEERS, "livepatch/0").clear();

        int exit = hook("livepatch/0", "config-changed", unit -> {
            unit.peers().publish(Map.of("port", "80"));
            throw new CharmException.Blocked("set an option");
        });

        assertThat(exit).isZero();
        assertThat(model.unit("livepatch/0").status).isEqualTo("blocked: set an option");
        assertThat(model.unit("livepatch/0").state).isEmpty();
        assertThat(tools.log).contains("ERROR action 7 'restart' failed: a defect");
        assertThat(bag(PEERS, "livepatch/0")).isEmpty();
    }

    @Test
    void aFailedActionDropsItsWritesAndKeepsItsMessage() {
        actions.put("restart", (unit, _) -> {
            unit.peers().publish(Map.of("a", "b"));
            throw new CharmException("the server does not run");
        });
        assertThat(action("livepatch/0", "restart", Map.of())).isEqualTo(1);
        assertThat(tools.failure).contains("the server does not run");
        assertThat(bag(PEERS, "livepatch/0")).isEmpty();
    }

    @Test
    void parametersAreCheckedAndResultsHaveKeysThatJujuAccepts() {
        actions.put(
                "set-basic-users",
                (_, call) -> ActionResult.of("Server_1", call.parameter("users"))
                        .with("stdout", "text")
                        .with("outer.inner", "x"));
        assertThat(action("livepatch/0", "set-basic-users", Map.of())).isEqualTo(1);
        assertThat(tools.failure.orElseThrow()).contains("needs users=");

        assertThat(action("livepatch/0", "set-basic-users", Map.of("users", "a:b")))
                .isZero();
        assertThat(tools.results).isEqualTo(Map.of("server-1", "a:b", "result-stdout", "text", "outer.inner", "x"));
    }

    /** As of a provider on a Juju without secrets, or of another charm. */
    @Test
    void theLivepatchCharmReadsPlainCredentials() throws IOException {
        // Root's charm checks the configuration as another user.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        addUnit("database", "database/0", "127.0.91.4");
        model.relations.put(
                3, new RelationData(List.of(new End("livepatch", "database"), new End("database", "database"))));
        model.unit("livepatch/0").members.put(3, new TreeSet<>(Set.of("database/0")));
        model.application("livepatch").units.remove("livepatch/1");
        model.application("livepatch").config.put("server.url-template", "https://lp.example/{filename}");
        bag(3, "database").putAll(Map.of("username", "u", "password", "p", "endpoints", "127.0.91.4:5432"));
        FakeJuju.script(directory.resolve("charm/bin/livepatch-server"), "exit 0");
        FakeJuju.script(directory.resolve("charm/bin/livepatch-schema-tool"), "exit 0");

        int exit = run(
                "livepatch/0", "hooks/config-changed", Map.of(), Map.of(), new LivepatchCharm(InstantSource.system()));

        assertThat(tools.log).noneMatch(line -> line.startsWith("ERROR"));
        assertThat(exit).isZero();
        assertThat(Files.readString(directory.resolve("livepatch-0/livepatch.yaml")))
                .contains("postgresql://u:p@127.0.91.4:5432/livepatch");
        assertThat(bag(3, "livepatch")).containsEntry("database", "livepatch");
    }
}
