package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.local.ActionQueue.PendingAction;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.common.file.FileTrees;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.engine.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * The agent of one unit: calls its charm on a thread of its own, one call at a time, and remembers the inputs of the last call and
 * the time of the next. {@link #stop} and {@link #close} wait for processes and actions, {@link #dataCounts} for the charm; the
 * other methods return at once.
 */
final class UnitAgent implements AutoCloseable {
    private static final Duration ACTIVE_INTERVAL = Duration.ofSeconds(30);
    private static final Duration RETRY_INTERVAL = Duration.ofSeconds(2);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(60);

    private final UnitName name;
    private final Charm charm;
    private final AgentContext context;
    private final LocalServices services;
    private final Logger log;
    /** A platform thread: a program that it starts dies with it (parent death signal). */
    private final ExecutorService thread;

    private ObservedAgents.Phase phase = ObservedAgents.Phase.IDLE;
    private Optional<UnitSnapshot> lastSnapshot = Optional.empty();
    private Instant due = Instant.EPOCH;
    private Instant removable = Instant.EPOCH;
    private boolean reconcileRequested;
    private int failures;
    private final ActionQueue actions;

    UnitAgent(UnitName name, Charm charm, AgentContext context) {
        this.name = name;
        this.charm = charm;
        this.context = context;
        this.services = new LocalServices(name, context.supervisor(), this::requestReconcile);
        this.actions =
                new ActionQueue(name, context, action -> unit(context.store().model(), action.progress()));
        this.log = UnitStatusRegistry.log(name);
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("unit " + name).daemon().factory());
    }

    synchronized ObservedAgents.Agent view() {
        return new ObservedAgents.Agent(
                phase, lastSnapshot, due, removable, actions.next().map(PendingAction::id));
    }

    /** All processes of the unit, by service. */
    Map<String, List<WorkerInfo>> workers() {
        return services.workers();
    }

    /** The counts of data that would be deleted with the unit. Called by any thread. */
    Map<String, Long> dataCounts() {
        return charm.dataCounts(unit(context.store().model(), _ -> {}));
    }

    /** Has the charm called soon, after a change of the unit's processes. */
    void requestReconcile() {
        synchronized (this) {
            reconcileRequested = true;
            due = Instant.EPOCH;
        }
        context.wake().run();
    }

    void queue(PendingAction action) {
        actions.queue(action);
    }

    void reconcile() {
        work(this::callCharm);
    }

    void runAction() {
        work(() -> {
            synchronized (this) {
                due = Instant.EPOCH;
            }
            actions.runNext();
        });
    }

    void remove() {
        work(() -> {
            context.statuses().status(name, UnitStatus.maintenance("stopping"));
            actions.close();
            try {
                charm.remove(unit(context.store().model(), _ -> {}));
            } catch (RuntimeException e) {
                // The removal continues: the remaining services are stopped below.
                log.warn("the charm failed to remove its unit", e);
            }
            services.close();
            deleteFiles();
        });
    }

    private void deleteFiles() {
        try {
            FileTrees.delete(context.home().unit(name));
            synchronized (this) {
                phase = ObservedAgents.Phase.REMOVED;
            }
        } catch (RuntimeException e) {
            log.error("cannot delete the unit's files", e);
            context.statuses().status(name, UnitStatus.error(String.valueOf(e.getMessage())));
            synchronized (this) {
                removable = context.clock().instant().plus(RETRY_INTERVAL);
            }
        }
    }

    /** Stops the unit's processes gracefully and waits for their end. */
    void stop() {
        context.statuses().status(name, UnitStatus.maintenance("stopping"));
        close();
        services.close();
        context.statuses().status(name, new UnitStatus(UnitStatus.Kind.UNKNOWN, "stopped"));
    }

    private void work(Runnable job) {
        synchronized (this) {
            phase = ObservedAgents.Phase.BUSY;
        }
        thread.execute(() -> {
            try {
                job.run();
            } catch (RuntimeException e) {
                log.error("the agent of {} failed", name, e);
            } finally {
                synchronized (this) {
                    phase = phase == ObservedAgents.Phase.BUSY ? ObservedAgents.Phase.IDLE : phase;
                }
                context.wake().run();
            }
        });
    }

    private void callCharm() {
        synchronized (this) {
            reconcileRequested = false;
        }
        Model model = context.store().model();
        if (model.unit(name).isEmpty()) {
            return;
        }
        UnitSnapshot inputs = UnitSnapshot.of(model, name);
        try {
            LocalUnit unit = unit(model, _ -> {});
            UnitStatus status = charm.reconcile(unit);
            context.store().update(unit.writes()::applyTo);
            context.statuses().status(name, status);
            finishCall(inputs, status.kind() == UnitStatus.Kind.ACTIVE ? ACTIVE_INTERVAL : RETRY_INTERVAL, 0);
        } catch (CharmException.Blocked e) {
            context.statuses().status(name, UnitStatus.blocked(String.valueOf(e.getMessage())));
            finishCall(inputs, backoff(), failures + 1);
        } catch (RuntimeException e) {
            Duration pause = backoff();
            log.warn("the charm failed, next attempt in {} s", pause.toSeconds(), e);
            context.statuses().status(name, UnitStatus.error(String.valueOf(e.getMessage())));
            finishCall(inputs, pause, failures + 1);
        }
    }

    private synchronized void finishCall(UnitSnapshot inputs, Duration pause, int failed) {
        lastSnapshot = Optional.of(inputs);
        failures = failed;
        // A failed call is not repeated at once because of process changes that it caused itself.
        due = reconcileRequested && failed == 0
                ? Instant.EPOCH
                : context.clock().instant().plus(pause);
    }

    private Duration backoff() {
        Duration pause = Duration.ofSeconds(1L << Math.min(failures, 6));
        return pause.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : pause;
    }

    private LocalUnit unit(Model model, Consumer<String> progress) {
        Application app = model.application(name.application()).orElseThrow();
        CharmConfig config = charm.metadata().effective(app.config());
        LocalUnit.Place place = new LocalUnit.Place(
                PrivateFile.directory(context.home().unit(name), context.directoryMode()),
                context.programs(),
                services);
        return new LocalUnit(model, UnitSnapshot.of(model, name), config, place, context.statuses(), progress);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        actions.close();
    }

    /**
     * The dependencies that all agents share.
     *
     * @param programs the directory of the programs that are shipped with the charms
     * @param directoryMode of units' directories: another user must pass through them when the controller is root
     * @param wake makes the controller plan again
     */
    record AgentContext(
            ModelDirectory home,
            ModelStore store,
            Supervisor supervisor,
            UnitStatusRegistry statuses,
            Path programs,
            String directoryMode,
            Runnable wake,
            InstantSource clock) {}
}
