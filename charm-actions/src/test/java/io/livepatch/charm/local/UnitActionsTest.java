package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm.Action;
import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.haproxy.HaproxyCharm;
import io.livepatch.charm.model.ActionHistory;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.Planner.ObservedAgents.ActionView;
import io.livepatch.charm.wire.ModelDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class UnitActionsTest {
    private static final UnitName UNIT = new UnitName("haproxy", 0);
    private static final Map<String, ActionSpec.Parameter> PARAMETERS = Map.of(
            "speed", new ActionSpec.Parameter("", Optional.empty(), List.of(), false),
            "password", new ActionSpec.Parameter("", Optional.empty(), List.of(), true));

    @TempDir
    private Path directory;

    private final List<String> progress = new CopyOnWriteArrayList<>();
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private ModelStore store;
    private UnitActions actions;

    @BeforeEach
    void open() {
        HaproxyCharm charm = new HaproxyCharm(InstantSource.system());
        store = ModelStore.open(directory.resolve("model.json"), "127.0.10");
        store.update(it -> new ModelChange.Deploy("haproxy", "haproxy", 1, Map.of())
                .applyTo(it, Map.of("haproxy", charm.metadata())));
        actions = start();
    }

    private UnitActions start() {
        UnitStatusRegistry statuses = new UnitStatusRegistry(InstantSource.system());
        AgentContext context = new AgentContext(
                new ModelDirectory(directory),
                store,
                (_, _) -> {
                    throw new AssertionError("no service is needed");
                },
                _ -> Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().daemon().factory()),
                statuses,
                new ControllerMetrics(() -> ""),
                "rwx------",
                () -> {},
                () -> now);
        return new UnitActions(
                UNIT,
                context,
                listener -> new LocalUnit(
                        store.model(),
                        UnitSnapshot.of(store.model(), UNIT),
                        new CharmConfig(Map.of()),
                        new LocalUnit.Place(directory, directory, new NoServices()),
                        statuses,
                        context.metrics(),
                        listener),
                () -> progress.add("the charm is to be called"));
    }

    @AfterEach
    void close() {
        actions.close();
        store.close();
    }

    private static ActionSpec spec(boolean parallel) {
        return new ActionSpec("try", "", PARAMETERS, Set.of(), parallel);
    }

    private int begin() {
        return store.update(model -> ActionHistory.begin(model, UNIT.toString(), "try", now))
                .actions()
                .lastKey();
    }

    private CompletableFuture<ActionResult> queue(int id, Action action, boolean parallel) {
        return actions.queue(id, spec(parallel), action, Map.of("speed", "full", "password", "hidden"), progress::add);
    }

    /** The haproxy charm with one action. */
    private static Map<String, CharmMetadata> charm(String action) {
        return Map.of(
                "haproxy",
                new CharmMetadata(
                        "haproxy",
                        "",
                        Map.of(),
                        Map.of(),
                        Map.of(action, spec(false)),
                        CharmMetadata.read("haproxy").limits()));
    }

    private ActionRecord record(int id) {
        return store.model().actions().get(id);
    }

    private ActionView view(int id) {
        return actions.view().stream().filter(it -> it.id() == id).findFirst().orElseThrow();
    }

    private static String failure(CompletableFuture<ActionResult> action) throws InterruptedException {
        try {
            return "answered " + action.get();
        } catch (ExecutionException e) {
            return String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
        }
    }

    @Test
    void aParallelActionDoesNotDelayOthersAndSerialOnesRunOneByOne() throws Exception {
        CountDownLatch enough = new CountDownLatch(1);
        int slow = begin();
        int first = begin();
        int second = begin();
        CompletableFuture<ActionResult> slowResult = queue(
                slow,
                (unit, _) -> {
                    unit.actionLog("half of it");
                    hold(enough);
                    return ActionResult.of("done", "all");
                },
                true);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<ActionResult> firstResult = queue(
                first,
                (_, _) -> {
                    hold(go);
                    return ActionResult.of("done", "first");
                },
                false);
        CompletableFuture<ActionResult> secondResult =
                queue(second, (_, _) -> ActionResult.of("done", "second"), false);

        assertThat(view(slow).due()).isTrue();
        assertThat(view(first).due()).isTrue();
        assertThat(view(second).due()).isFalse();
        actions.run(slow);
        actions.run(first);
        assertThat(view(second).due()).as("while the first runs").isFalse();
        go.countDown();
        assertThat(firstResult.get().results()).containsEntry("done", "first");
        actions.run(second);
        assertThat(secondResult.get().results()).containsEntry("done", "second");
        assertThat(slowResult).isNotDone();

        enough.countDown();
        assertThat(slowResult.get().results()).containsEntry("done", "all");
        assertThat(progress).containsExactly("half of it");
        assertThat(record(slow).outcome()).isEqualTo(ActionRecord.Outcome.COMPLETED);
    }

    @Test
    void parallelActionsLoseNoWrites() throws Exception {
        CountDownLatch bothBegun = new CountDownLatch(2);
        int one = begin();
        int other = begin();
        CompletableFuture<ActionResult> first = queue(one, writing("one", bothBegun), true);
        CompletableFuture<ActionResult> second = queue(other, writing("other", bothBegun), true);
        actions.run(one);
        actions.run(other);
        first.get();
        second.get();

        assertThat(store.model().secrets().values().stream().map(secret -> secret.label()))
                .containsExactlyInAnyOrder("one", "other");
        int peers = store.model().peers("haproxy").orElseThrow();
        assertThat(store.model().relations().get(peers).bag("haproxy/0")).containsOnlyKeys("one", "other");
    }

    private static Action writing(String key, CountDownLatch bothBegun) {
        return (unit, _) -> {
            bothBegun.countDown();
            hold(bothBegun);
            unit.secrets().put(key, Map.of("content", key));
            unit.peers().publish(Map.of(key, "written"));
            return ActionResult.of("done", key);
        };
    }

    @Test
    void aPendingActionIsAskedAgainAfterEachCallOfTheCharm() throws Exception {
        int id = begin();
        CompletableFuture<ActionResult> result = queue(id, counting(), false);
        actions.run(id);
        await("it is pending").until(() -> view(id).pending());

        assertThat(progress).containsExactly("action " + id + " waits: 1 of 3", "the charm is to be called");
        assertThat(record(id).waiting().orElseThrow().progress()).containsEntry("count", "1");
        assertThat(view(id).due()).as("before the charm was called").isFalse();
        ask(id);
        await("it is asked again").until(() -> progress.contains("action " + id + " waits: 2 of 3"));
        ask(id);
        assertThat(result.get().results()).containsEntry("counted", "3");
        assertThat(record(id).outcome()).isEqualTo(ActionRecord.Outcome.COMPLETED);
        assertThat(record(id).waiting()).isEmpty();
        assertThat(actions.view()).isEmpty();
    }

    private void ask(int id) {
        actions.charmCalled();
        await("it can be asked").until(() -> view(id).due());
        actions.run(id);
    }

    /** Answers when it is asked for the third time. */
    private static Action counting() {
        return (_, call) -> {
            int count = Integer.parseInt(call.progress().getOrDefault("count", "0")) + 1;
            return count == 3
                    ? ActionResult.of("counted", "3")
                    : new ActionAnswer.Pending(count + " of 3", Map.of("count", String.valueOf(count)));
        };
    }

    @Test
    void aPendingActionContinuesAfterARestartWithoutItsSensitiveParameters() throws Exception {
        int id = begin();
        CompletableFuture<ActionResult> first = queue(id, counting(), false);
        actions.run(id);
        await("it is pending").until(() -> view(id).pending());
        assertThat(directory.resolve("model.json")).content().contains("full").doesNotContain("hidden");

        actions.close();
        assertThat(failure(first)).contains("continues when it has started again");
        store.update(model -> ActionHistory.abortRunning(model, charm("try"), now));
        assertThat(ActionHistory.abortRunning(store.model(), charm("another"), now)
                        .actions()
                        .get(id)
                        .outcome())
                .as("of a charm that has no such action any more")
                .isEqualTo(ActionRecord.Outcome.ABORTED);
        actions = start();
        actions.resume(
                id,
                spec(false),
                (_, call) -> ActionResult.of(call.parameters()),
                record(id).waiting().orElseThrow());
        ask(id);
        await("it has ended").until(() -> record(id).outcome() == ActionRecord.Outcome.COMPLETED);
        assertThat(record(id).results()).containsOnly(Map.entry("speed", "full"));
    }

    @Test
    void anActionThatRanWhenTheControllerEndedIsAborted() {
        int id = begin();

        store.update(model -> ActionHistory.abortRunning(model, charm("try"), now));

        assertThat(record(id).outcome()).isEqualTo(ActionRecord.Outcome.ABORTED);
        assertThat(record(id).message()).isEqualTo("the controller ended during the action");
    }

    @Test
    void anActionFailsWhenItsTimeIsUpAndItsLateAnswerDoesNotCount() throws Exception {
        CountDownLatch late = new CountDownLatch(1);
        int id = begin();
        CompletableFuture<ActionResult> result = queue(
                id,
                Action.within(Duration.ofSeconds(90), (unit, _) -> {
                    unit.secrets().put("late", Map.of("written", "late"));
                    awaitUninterrupted(late);
                    return ActionResult.of("done", "late");
                }),
                true);
        actions.run(id);
        assertThat(view(id).deadline()).isEqualTo(now.plusSeconds(90));

        actions.expire(id);
        assertThat(failure(result)).isEqualTo("action " + id + " 'try' did not end within 1m30s");
        assertThat(record(id).outcome()).isEqualTo(ActionRecord.Outcome.FAILED);
        late.countDown();
        actions.close();
        assertThat(record(id).results()).isEmpty();
        assertThat(store.model().secrets()).isEmpty();
    }

    @Test
    void theFailureOfAPendingActionSaysWhatItWaitedFor() throws Exception {
        int id = begin();
        CompletableFuture<ActionResult> result = queue(id, counting(), false);
        actions.run(id);
        await("it is pending").until(() -> view(id).pending());

        actions.expire(id);

        assertThat(failure(result)).isEqualTo("action " + id + " 'try' did not end within 30m; it waited: 1 of 3");
    }

    @Test
    void aCancelledActionIsInterrupted() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        int id = begin();
        CompletableFuture<ActionResult> result = queue(
                id,
                (_, _) -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return ActionResult.of("done", "never");
                },
                false);
        actions.run(id);

        assertThat(actions.cancel(id)).isTrue();
        assertThat(failure(result)).isEqualTo("action " + id + " 'try' was cancelled");
        interrupted.await();
        assertThat(record(id).outcome()).isEqualTo(ActionRecord.Outcome.CANCELLED);
        assertThat(actions.cancel(id)).as("a second time").isFalse();
    }

    @Test
    void aFailedActionsWritesAreDropped() throws Exception {
        int id = begin();
        CompletableFuture<ActionResult> result = queue(
                id,
                (unit, _) -> {
                    unit.secrets().put("half", Map.of("written", "half"));
                    throw new CharmException("the disk is full");
                },
                false);
        actions.run(id);

        assertThat(failure(result)).isEqualTo("the disk is full");
        assertThat(store.model().secrets()).isEmpty();
        assertThat(record(id).message()).isEqualTo("the disk is full");
    }

    /** Such as on a full disk: the command that waits for the action must not wait for ever. */
    @Test
    void anActionWhoseEndCannotBeRecordedIsAnsweredNevertheless() throws Exception {
        int completed = begin();
        int cancelled = begin();
        CompletableFuture<ActionResult> first = queue(completed, (_, _) -> ActionResult.of("done", "all"), true);
        CompletableFuture<ActionResult> second = queue(cancelled, (_, _) -> ActionResult.of("done", "never"), true);
        store.close();

        actions.run(completed);
        assertThat(failure(first)).isEqualTo("the model is closed");
        assertThatThrownBy(() -> actions.cancel(cancelled)).hasMessage("the model is closed");
        assertThat(failure(second)).isEqualTo("action " + cancelled + " 'try' was cancelled");
    }

    @Test
    void everyActionEndsWhenTheUnitIsRemoved() throws Exception {
        int running = begin();
        int waiting = begin();
        int late = begin();
        CompletableFuture<ActionResult> runningResult = queue(
                running,
                (_, _) -> {
                    hold(new CountDownLatch(1));
                    return ActionResult.of("done", "never");
                },
                true);
        actions.run(running);
        CompletableFuture<ActionResult> waitingResult =
                queue(waiting, (_, _) -> ActionResult.of("done", "never"), false);

        actions.removed();
        CompletableFuture<ActionResult> lateResult = queue(late, (_, _) -> ActionResult.of("done", "never"), false);

        for (CompletableFuture<ActionResult> result : List.of(runningResult, waitingResult, lateResult)) {
            assertThat(failure(result)).isEqualTo("unit 'haproxy/0' was removed before the action ended");
        }
        assertThat(record(late).outcome()).isEqualTo(ActionRecord.Outcome.FAILED);
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException("interrupted", e);
        }
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
