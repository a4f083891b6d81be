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
 * What drives one unit: calls its charm on a thread of its own, one call at a time, and remembers what the charm saw and
 * when to call it again. All methods return at once.
 */
final class UnitAgent implements AutoCloseable {
    private static final Duration SETTLED = Duration.ofSeconds(30);
    private static final Duration UNSETTLED = Duration.ofSeconds(2);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(60);

    private final UnitName name;
    private final Charm charm;
    private final AgentContext around;
    private final LocalServices services;
    private final Logger log;
    /** A platform thread: what it starts is tied to its life. */
    private final ExecutorService thread;

    private ObservedAgents.Phase phase = ObservedAgents.Phase.IDLE;
    private Optional<UnitSnapshot> seen = Optional.empty();
    private Instant due = Instant.EPOCH;
    private Instant removable = Instant.EPOCH;
    private boolean poked;
    private int failures;
    private final ActionQueue actions;

    UnitAgent(UnitName name, Charm charm, AgentContext around) {
        this.name = name;
        this.charm = charm;
        this.around = around;
        this.services = new LocalServices(name, around.supervisor(), this::poke);
        this.actions =
                new ActionQueue(name, around, action -> unit(around.store().model(), action.progress()));
        this.log = UnitLog.of(name);
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("unit " + name).daemon().factory());
    }

    synchronized ObservedAgents.Agent view() {
        return new ObservedAgents.Agent(
                phase, seen, due, removable, actions.next().map(PendingAction::id));
    }

    /** Every process that it runs, by service. */
    Map<String, List<WorkerInfo>> workers() {
        return services.workers();
    }

    /** What is lost with it, by what it counts. Called by any thread. */
    Map<String, Long> holdings() {
        return charm.holdings(unit(around.store().model(), _ -> {}));
    }

    /** Something happened to its processes: the charm is called soon. */
    void poke() {
        synchronized (this) {
            poked = true;
            due = Instant.EPOCH;
        }
        around.wake().run();
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
            around.board().status(name, UnitStatus.maintenance("stopping"));
            actions.close();
            try {
                charm.remove(unit(around.store().model(), _ -> {}));
            } catch (RuntimeException e) {
                // The operator wants it gone: what is left running is stopped below.
                log.warn("charm could not remove its unit", e);
            }
            services.close();
            deleteFiles();
        });
    }

    private void deleteFiles() {
        try {
            FileTrees.delete(around.home().unit(name));
            synchronized (this) {
                phase = ObservedAgents.Phase.REMOVED;
            }
        } catch (RuntimeException e) {
            log.error("the unit's files are still there", e);
            around.board().status(name, UnitStatus.error(String.valueOf(e.getMessage())));
            synchronized (this) {
                removable = around.clock().instant().plus(UNSETTLED);
            }
        }
    }

    /** Ends its processes gracefully and returns when they are gone. */
    void stop() {
        around.board().status(name, UnitStatus.maintenance("stopping"));
        close();
        services.close();
        around.board().status(name, new UnitStatus(UnitStatus.Kind.UNKNOWN, "stopped"));
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
                around.wake().run();
            }
        });
    }

    private void callCharm() {
        synchronized (this) {
            poked = false;
        }
        Model model = around.store().model();
        if (model.unit(name).isEmpty()) {
            return;
        }
        UnitSnapshot inputs = UnitSnapshot.of(model, name);
        try {
            LocalUnit unit = unit(model, _ -> {});
            UnitStatus status = charm.reconcile(unit);
            around.store().update(unit.writes()::applyTo);
            around.board().status(name, status);
            called(inputs, status.kind() == UnitStatus.Kind.ACTIVE ? SETTLED : UNSETTLED, 0);
        } catch (CharmException.Blocked e) {
            around.board().status(name, UnitStatus.blocked(String.valueOf(e.getMessage())));
            called(inputs, backoff(), failures + 1);
        } catch (RuntimeException e) {
            Duration pause = backoff();
            log.warn("charm failed, next try in {} s", pause.toSeconds(), e);
            around.board().status(name, UnitStatus.error(String.valueOf(e.getMessage())));
            called(inputs, pause, failures + 1);
        }
    }

    private synchronized void called(UnitSnapshot inputs, Duration pause, int failed) {
        seen = Optional.of(inputs);
        failures = failed;
        // What failed is not tried again at once only because it stirred up its own processes.
        due = poked && failed == 0 ? Instant.EPOCH : around.clock().instant().plus(pause);
    }

    private Duration backoff() {
        Duration pause = Duration.ofSeconds(1L << Math.min(failures, 6));
        return pause.compareTo(LONGEST_BACKOFF) > 0 ? LONGEST_BACKOFF : pause;
    }

    private LocalUnit unit(Model model, Consumer<String> progress) {
        Application app = model.application(name.application()).orElseThrow();
        CharmConfig config = charm.metadata().effective(app.config());
        LocalUnit.Place place = new LocalUnit.Place(
                PrivateFile.directory(around.home().unit(name), around.directoryMode()), around.programs(), services);
        return new LocalUnit(model, UnitSnapshot.of(model, name), config, place, around.board(), progress);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        actions.close();
    }

    /**
     * What all agents share.
     *
     * @param programs where the programs shipped with the charms are
     * @param directoryMode of units' directories: another user must pass through them when the controller is root
     * @param wake makes the controller look and plan again
     */
    record AgentContext(
            ModelDirectory home,
            ModelStore store,
            Supervisor supervisor,
            UnitStatusRegistry board,
            Path programs,
            String directoryMode,
            Runnable wake,
            InstantSource clock) {}
}
