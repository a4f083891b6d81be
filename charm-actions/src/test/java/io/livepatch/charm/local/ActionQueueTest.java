package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.charm.api.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.haproxy.HaproxyCharm;
import io.livepatch.charm.local.ActionQueue.PendingAction;
import io.livepatch.charm.local.UnitAgent.AgentContext;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.engine.Supervisor;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ActionQueueTest {
    private static final UnitName UNIT = new UnitName("haproxy", 0);

    @TempDir
    private Path directory;

    private final Supervisor supervisor = Supervisor.start();
    private final List<String> told = new ArrayList<>();
    private ModelStore store;
    private ActionQueue actions;

    @BeforeEach
    void open() {
        store = ModelStore.open(directory.resolve("model.json"), "127.0.10");
        HaproxyCharm charm = new HaproxyCharm(InstantSource.system());
        Model model = store.update(it -> new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of())
                .applyTo(it, Map.of("haproxy", charm.metadata())));
        UnitStatusRegistry statuses = new UnitStatusRegistry(InstantSource.system());
        AgentContext context = new AgentContext(
                new ModelDirectory(directory),
                store,
                supervisor,
                statuses,
                directory,
                "rwx------",
                () -> {},
                InstantSource.system());
        LocalServices services = new LocalServices(UNIT, supervisor, () -> {});
        actions = new ActionQueue(
                UNIT,
                context,
                action -> new LocalUnit(
                        model,
                        UnitSnapshot.of(model, UNIT),
                        new CharmConfig(Map.of()),
                        new LocalUnit.Place(directory, directory, services),
                        statuses,
                        action.progress()));
    }

    @AfterEach
    void close() {
        actions.close();
        supervisor.close();
        store.close();
    }

    private PendingAction queue(Action action, boolean parallel) {
        PendingAction pending = new PendingAction(
                7,
                new ActionSpec("try", "", Map.of(), Set.of(), parallel),
                action,
                Map.of(),
                told::add,
                new CompletableFuture<>());
        actions.queue(pending);
        return pending;
    }

    private static String failure(PendingAction action) throws InterruptedException {
        try {
            return "answered " + action.answer().get();
        } catch (ExecutionException e) {
            return String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
        }
    }

    @Test
    void aParallelActionIsOnlyStarted() throws Exception {
        CountDownLatch enough = new CountDownLatch(1);
        PendingAction slow = queue(
                (unit, _) -> {
                    unit.actionLog("half of it");
                    await(enough);
                    return ActionResult.of("done", "all");
                },
                true);
        PendingAction quick = queue((_, _) -> ActionResult.of("done", "this"), false);

        actions.runNext();
        actions.runNext();
        assertThat(quick.answer().get().results()).containsEntry("done", "this");
        assertThat(slow.answer()).isNotDone();

        enough.countDown();
        assertThat(slow.answer().get().results()).containsEntry("done", "all");
        assertThat(told).containsExactly("half of it");
    }

    @Test
    void everyActionIsCompletedWhenTheUnitIsRemoved() throws Exception {
        PendingAction running = queue(
                (_, _) -> {
                    await(new CountDownLatch(1));
                    return ActionResult.of("done", "never");
                },
                true);
        actions.runNext();
        PendingAction waiting = queue((_, _) -> ActionResult.of("done", "never"), false);

        actions.close();
        PendingAction late = queue((_, _) -> ActionResult.of("done", "never"), false);

        assertThat(failure(running)).isEqualTo("interrupted");
        assertThat(failure(waiting)).isEqualTo("unit 'haproxy/0' was removed before the action could run");
        assertThat(failure(late)).isEqualTo("unit 'haproxy/0' was removed before the action could run");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException("interrupted", e);
        }
    }
}
