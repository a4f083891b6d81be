package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.WorkerInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent of a unit whose charm leaves, waits, hangs or fails. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class UnitAgentTest {
    private static final UnitName UNIT = new UnitName("web", 0);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path directory;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private final ControllerMetrics metrics = new ControllerMetrics(() -> "");
    private final UnitStatusRegistry statuses = new UnitStatusRegistry(() -> NOW);
    private volatile Function<Unit, Outcome> charm = _ -> Outcome.of(UnitStatus.active("serves"), "web");
    private volatile Consumer<String> serviceChanged = _ -> {};
    private volatile Runnable stop = () -> {};
    private ModelStore store;
    private UnitAgent agent;

    @BeforeEach
    void deploy() {
        store = new ModelStore(
                new ModelStore.Disk() {
                    @Override
                    public void write(Model model) {}

                    @Override
                    public void close() {}
                },
                Model.empty("127.0.10"));
        CharmMetadata metadata = CharmMetadata.read("sim-web");
        change(new ModelChange.Deploy("sim-web", "web", 1, Map.of("removal-timeout", "90s")), metadata);
        AgentContext context = new AgentContext(
                new ModelDirectory(directory),
                store,
                (_, onChange) -> {
                    serviceChanged = onChange;
                    return new StoppedServices();
                },
                _ -> Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().daemon().factory()),
                statuses,
                metrics,
                "rwx------",
                () -> {},
                () -> NOW);
        agent = new UnitAgent(
                UNIT,
                new Charm() {
                    @Override
                    public CharmMetadata metadata() {
                        return metadata;
                    }

                    @Override
                    public Outcome reconcile(Unit unit) {
                        return charm.apply(unit);
                    }

                    @Override
                    public Map<String, Action> actions() {
                        return Map.of();
                    }
                },
                context);
    }

    @AfterEach
    void close() {
        agent.stop();
    }

    private void change(ModelChange change, CharmMetadata metadata) {
        store.update(model -> change.applyTo(model, Map.of("sim-web", metadata)));
    }

    private void leave() {
        CharmMetadata metadata = CharmMetadata.read("sim-web");
        change(new ModelChange.RemoveUnits(List.of("web/0")), metadata);
        change(new ModelChange.LeaveUnit(UNIT, NOW), metadata);
    }

    private ObservedAgents.Phase phase() {
        return agent.view().phase();
    }

    private void reconcile() {
        agent.reconcile();
        await("the charm was called").until(() -> phase() != ObservedAgents.Phase.BUSY);
    }

    @Test
    void whatALeavingUnitPublishesCountsAndItFinishesWhenItsCharmSaysSo() {
        leave();
        charm = unit -> {
            assertThat(unit.leaving()).isTrue();
            unit.peers().publish(Map.of("state", "draining"));
            return Outcome.of(UnitStatus.maintenance("draining"));
        };
        reconcile();
        assertThat(phase()).isEqualTo(ObservedAgents.Phase.IDLE);
        int peers = store.model().peers("web").orElseThrow();
        assertThat(store.model().relations().get(peers).bag("web/0")).containsEntry("state", "draining");

        charm = _ -> Outcome.finished();
        reconcile();
        assertThat(phase()).isEqualTo(ObservedAgents.Phase.FINISHED);
        agent.remove(false);
        await("it is removed").until(() -> phase() == ObservedAgents.Phase.REMOVED);
        assertThat(metrics.text()).doesNotContain("forced_removals_total{");
    }

    /** Only a unit that is being removed can finish. */
    @Test
    void aUnitThatStaysDoesNotFinish() {
        charm = _ -> Outcome.finished();
        reconcile();

        assertThat(phase()).isEqualTo(ObservedAgents.Phase.IDLE);
    }

    @Test
    void aCallThatHangsIsInterruptedByARemovalByForce() throws Exception {
        leave();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        charm = _ -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return Outcome.finished();
        };
        agent.reconcile();
        // A call that is cancelled before it begins is not made.
        begun.await();
        assertThat(agent.view().removeBy()).contains(NOW.plusSeconds(90));

        agent.remove(true);
        interrupted.await();
        await("it is removed").until(() -> phase() == ObservedAgents.Phase.REMOVED);
        assertThat(stopped.getCount()).as("its services are stopped").isZero();
        assertThat(metrics.text()).contains("livepatch_controller_forced_removals_total{application=\"web\"} 1.0");
    }

    @Test
    void aRemovalThatFailsIsRepeatedAfterAPause() {
        leave();
        charm = _ -> Outcome.finished();
        reconcile();
        stop = () -> {
            throw new CharmException("the server does not stop");
        };
        agent.remove(false);
        await("it has failed").until(() -> phase() == ObservedAgents.Phase.FINISHED);

        assertThat(agent.view().removable()).isAfter(NOW);
        assertThat(statuses.of(UNIT).status()).isEqualTo(UnitStatus.error("the server does not stop"));
        stop = () -> {};
        agent.remove(false);
        await("it is removed").until(() -> phase() == ObservedAgents.Phase.REMOVED);
    }

    @Test
    void theCharmIsCalledAgainAfterTheTimeThatItNamedAndForTheServicesThatItNamed() {
        charm = _ -> Outcome.of(UnitStatus.active("serves"), "web").after(Duration.ofMinutes(5));
        reconcile();
        assertThat(agent.view().due()).isEqualTo(NOW.plus(Duration.ofMinutes(5)));

        serviceChanged.accept("another");
        assertThat(agent.view().due()).isEqualTo(NOW.plus(Duration.ofMinutes(5)));
        serviceChanged.accept("web");
        assertThat(agent.view().due()).isEqualTo(Instant.EPOCH);
    }

    @Test
    void theWritesOfAFailedCallAreDropped() {
        charm = unit -> {
            unit.peers().publish(Map.of("state", "half done"));
            unit.unitSecrets().put("key", Map.of("content", "half done"));
            throw new CharmException("the disk is full");
        };
        reconcile();

        int peers = store.model().peers("web").orElseThrow();
        assertThat(store.model().relations().get(peers).bag("web/0")).isEmpty();
        assertThat(store.model().secrets()).isEmpty();
        assertThat(statuses.of(UNIT).status()).isEqualTo(UnitStatus.error("the disk is full"));
    }

    /** A leader that loses the leadership during its call must not overwrite what the next one decides. */
    @Test
    void aUnitThatHasLostTheLeadershipWritesNothing() {
        CharmMetadata metadata = CharmMetadata.read("sim-web");
        change(new ModelChange.AddUnits("web", 1), metadata);
        charm = unit -> {
            unit.peers().publish(Map.of("of", "the unit"));
            unit.peers().publishForApplication(Map.of("decided-by", "web/0"));
            change(new ModelChange.RemoveUnits(List.of("web/0")), metadata);
            return Outcome.of(UnitStatus.active(""));
        };
        reconcile();

        int peers = store.model().peers("web").orElseThrow();
        assertThat(store.model().relations().get(peers).bags()).isEmpty();
        assertThat(statuses.of(UNIT).status().message()).contains("no longer the leader");
    }

    /** The controller looks at the agent while an action becomes pending, which calls the charm: neither waits for the other for ever. */
    @Test
    void actionsThatBecomePendingDoNotBlockTheController() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Thread controller = Thread.ofPlatform().daemon().start(() -> {
            while (!done.get()) {
                agent.view();
            }
        });
        Charm.Action pending = (_, _) -> new ActionAnswer.Pending("for ever", Map.of("begun", "true"));
        ActionSpec spec = new ActionSpec("try", "", Map.of(), Set.of(), true);
        for (int id = 1; id <= 200; id++) {
            CompletableFuture<ActionResult> result = agent.actions().queue(id, spec, pending, Map.of(), _ -> {});
            agent.actions().run(id);
            int begun = id;
            await("action " + id + " is pending")
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> pendingActions() == begun);
            assertThat(result).isNotDone();
        }
        done.set(true);
        controller.join();
    }

    private long pendingActions() {
        return agent.view().actions().stream()
                .filter(ObservedAgents.ActionView::pending)
                .count();
    }

    /** Services of which none runs. */
    private final class StoppedServices implements UnitServices {
        @Override
        public void ensure(ServiceSpec spec) {
            throw new AssertionError(spec + " was started");
        }

        @Override
        public void stop(String name) {}

        @Override
        public void restart(String name) {}

        @Override
        public Optional<ServiceState> state(String name) {
            return Optional.empty();
        }

        @Override
        public Map<String, List<WorkerInfo>> workers() {
            return Map.of();
        }

        @Override
        public void stopAll() {
            stop.run();
            stopped.countDown();
        }

        @Override
        public void close() {}
    }
}
