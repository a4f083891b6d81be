package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Outcome;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Application;
import io.livepatch.charm.model.Application.UnitRecord;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.common.file.FileTrees;
import io.livepatch.supervisor.WorkerInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The agent of one unit: calls its charm, one call at a time, remembers the inputs of the last call and the time of the next, and
 * removes the unit when its charm has finished. Actions run beside the charm. {@link #stop} waits for processes, {@link #close} for actions,
 * {@link #dataCounts} for the charm; the other methods return at once.
 */
final class UnitAgent {
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(60);
    private static final Duration REMOVAL_RETRY = Duration.ofSeconds(2);

    private final UnitName name;
    private final Charm charm;
    private final AgentContext context;
    private final UnitServices services;
    private final Logger log;
    private final ExecutorService thread;
    private final UnitActions actions;

    private ObservedAgents.Phase phase = ObservedAgents.Phase.IDLE;
    private Optional<UnitSnapshot> lastSnapshot = Optional.empty();
    private Instant due = Instant.EPOCH;
    private Instant removable = Instant.EPOCH;
    /** The services whose changes call the charm; null before its first call, when each does. */
    private @Nullable Set<String> watched;

    private boolean reconcileRequested;
    private int failures;
    private @Nullable Future<?> call;

    UnitAgent(UnitName name, Charm charm, AgentContext context) {
        this.name = name;
        this.charm = charm;
        this.context = context;
        this.services = context.services().of(name, this::serviceChanged);
        this.log = UnitStatusRegistry.log(name);
        this.thread = context.threads().apply("unit " + name);
        this.actions = new UnitActions(
                name, context, progress -> unit(context.store().model(), progress), this::requestReconcile);
        resumeActions();
    }

    private void resumeActions() {
        context.store().model().actions().forEach((id, record) -> {
            if (record.unit().equals(name.toString()) && record.waiting().isPresent()) {
                log.info("action {} '{}' continues", id, record.action());
                ActionRecord.Waiting waiting = record.waiting().get();
                actions.resume(id, charm.metadata().action(record.action()), charm.action(record.action()), waiting);
            }
        });
    }

    ObservedAgents.Agent view() {
        Optional<Instant> removeBy = removeBy(context.store().model());
        // Before this lock: neither of the two objects is locked while the other is.
        List<ObservedAgents.ActionView> unended = actions.view();
        boolean active = context.statuses().of(name).status().kind() == UnitStatus.Kind.ACTIVE;
        synchronized (this) {
            return new ObservedAgents.Agent(phase, lastSnapshot, active, due, removeBy, removable, unended);
        }
    }

    /** When a leaving unit is removed though its charm has not finished. */
    private Optional<Instant> removeBy(Model model) {
        return model.unit(name)
                .flatMap(UnitRecord::leavingSince)
                .map(since -> since.plus(config(model).removalTimeout()));
    }

    UnitActions actions() {
        return actions;
    }

    /** All processes of the unit, by service. */
    Map<String, List<WorkerInfo>> workers() {
        return services.workers();
    }

    /** The counts of data that would be deleted with the unit. Called by any thread. */
    Map<String, Long> dataCounts() {
        return charm.dataCounts(unit(context.store().model(), _ -> {}));
    }

    private void serviceChanged(String service) {
        synchronized (this) {
            if (watched != null && !watched.contains(service)) {
                return;
            }
        }
        requestReconcile();
    }

    /** Has the charm called soon. */
    private void requestReconcile() {
        synchronized (this) {
            reconcileRequested = true;
            due = Instant.EPOCH;
        }
        context.wake().run();
    }

    void reconcile() {
        work(ObservedAgents.Phase.BUSY, this::callCharm);
    }

    /**
     * Stops the unit's processes and deletes its files.
     *
     * @param forced the charm has not finished within its time; a call that still runs is interrupted
     */
    void remove(boolean forced) {
        if (forced) {
            context.metrics().forced(name);
            String status = context.statuses().of(name).status().toString();
            log.warn(
                    "the unit did not leave within its {}, and is stopped by force; last status: {}",
                    CharmConfig.REMOVAL_TIMEOUT,
                    status);
            synchronized (this) {
                if (call != null) {
                    call.cancel(true);
                }
            }
        }
        work(ObservedAgents.Phase.REMOVING, () -> {
            context.statuses()
                    .status(name, UnitStatus.maintenance(forced ? "stopping by force, its time is up" : "stopping"));
            try {
                actions.removed();
                services.stopAll();
                FileTrees.delete(context.home().unit(name));
                ended(ObservedAgents.Phase.REMOVED);
            } catch (RuntimeException e) {
                log.error("cannot remove the unit, next attempt in {} s", REMOVAL_RETRY.toSeconds(), e);
                context.statuses().status(name, UnitStatus.error(String.valueOf(e.getMessage())));
                ended(ObservedAgents.Phase.FINISHED);
            }
        });
    }

    private synchronized void ended(ObservedAgents.Phase removal) {
        removable = context.clock().instant().plus(REMOVAL_RETRY);
        phase = removal;
    }

    /** Stops the unit's processes gracefully and waits for their end. */
    void stop() {
        context.statuses().status(name, UnitStatus.maintenance("stopping"));
        close();
        services.stopAll();
        context.statuses().status(name, new UnitStatus(UnitStatus.Kind.UNKNOWN, "stopped"));
    }

    private synchronized void work(ObservedAgents.Phase during, Runnable job) {
        phase = during;
        call = thread.submit(() -> {
            try {
                job.run();
            } catch (RuntimeException e) {
                log.error("the agent of {} failed", name, e);
            } finally {
                synchronized (this) {
                    phase = phase == during ? ObservedAgents.Phase.IDLE : phase;
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
        long begun = System.nanoTime();
        ControllerMetrics.Result result = ControllerMetrics.Result.FAILED;
        try {
            LocalUnit unit = unit(model, _ -> {});
            Outcome outcome = charm.reconcile(unit);
            context.store().update(unit.writes()::applyTo);
            context.statuses().figures(name, outcome.figures());
            context.statuses().status(name, outcome.status());
            synchronized (this) {
                watched = outcome.again().services();
                if (outcome.done() && inputs.leaving() && phase == ObservedAgents.Phase.BUSY) {
                    phase = ObservedAgents.Phase.FINISHED;
                }
            }
            finishCall(inputs, outcome.again().after(), 0);
            result = ControllerMetrics.Result.OK;
        } catch (CharmException.Blocked e) {
            context.statuses().figures(name, Outcome.Figures.NONE);
            context.statuses().status(name, UnitStatus.blocked(String.valueOf(e.getMessage())));
            finishCall(inputs, backoff(), failures + 1);
            result = ControllerMetrics.Result.BLOCKED;
        } catch (RuntimeException e) {
            Duration pause = backoff();
            // Old figures of a disk would hide that it is full, which may be why the charm failed.
            context.statuses().figures(name, Outcome.Figures.NONE);
            log.warn("the charm failed, next attempt in {} s", pause.toSeconds(), e);
            context.statuses().status(name, UnitStatus.error(String.valueOf(e.getMessage())));
            finishCall(inputs, pause, failures + 1);
        }
        context.metrics().called(name, result, Duration.ofNanos(System.nanoTime() - begun));
        actions.charmCalled();
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

    private CharmConfig config(Model model) {
        return model.application(name.application())
                .map(Application::config)
                .map(charm.metadata()::effective)
                .orElseThrow();
    }

    private LocalUnit unit(Model model, Consumer<String> progress) {
        UnitSnapshot inputs = UnitSnapshot.of(model, name);
        LocalUnit.Place place = new LocalUnit.Place(
                PrivateFile.directory(context.home().unit(name), context.directoryMode()),
                context.home().releases().directory(inputs.release()),
                services);
        return new LocalUnit(model, inputs, config(model), place, context.statuses(), context.metrics(), progress);
    }

    /** Ends the calls of the charm and its actions; the unit's processes run on. */
    void close() {
        thread.shutdownNow();
        actions.close();
        services.close();
    }
}
