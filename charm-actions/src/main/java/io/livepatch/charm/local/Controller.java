package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.ActionHistory;
import io.livepatch.charm.model.ApplicationGraph;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.ControllerStep;
import io.livepatch.charm.reconcile.Planner;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model and the agents of its units.
 *
 * <pre>
 *   request ─▶ ModelStore (disk) ─┐
 *   process changed ─▶ UnitAgent ─┼─ wake ─▶ Planner.plan(model, agents, now) ─▶ steps ─▶ agents ─▶ charms ─▶ supervisor
 *   time ─────────────────────────┘              ▲                                          │
 *                                                └──────────── writes, statuses ◀───────────┘
 * </pre>
 */
final class Controller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    private final Map<String, Charm> charms;
    private final AgentContext context;
    private final Semaphore wake;
    private final Daemon daemon;
    private final Map<UnitName, UnitAgent> agents = new ConcurrentSkipListMap<>();
    private final Thread loop = Thread.ofPlatform().name("reconcile").daemon().unstarted(this::loop);
    private volatile boolean stopping;
    private boolean closed;

    /** A controller that does nothing until {@link #step} is called. */
    Controller(Map<String, Charm> charms, AgentContext context, Semaphore wake, Daemon daemon) {
        this.charms = charms;
        this.context = context;
        this.wake = wake;
        this.daemon = daemon;
        context.store().onChange(_ -> wake.release());
        context.store()
                .update(model -> ActionHistory.abortRunning(
                        model, metadata(), context.clock().instant()));
        change(new ModelChange.AddPeers());
    }

    /** Starts the loop, which starts an agent for each unit of the model. */
    void start() {
        loop.start();
    }

    Daemon daemon() {
        return daemon;
    }

    Map<String, CharmMetadata> metadata() {
        Map<String, CharmMetadata> all = new LinkedHashMap<>();
        charms.forEach((name, charm) -> all.put(name, charm.metadata()));
        return all;
    }

    AgentContext context() {
        return context;
    }

    Model model() {
        return context.store().model();
    }

    /** Changes the model; the reconcile loop does the rest. */
    Model change(ModelChange change) {
        return context.store().update(model -> change.applyTo(model, metadata()));
    }

    /** The next steps for another model; executes nothing. */
    List<ControllerStep> preview(Model model) {
        return Planner.plan(model, actual(), context.clock().instant());
    }

    Charm charmOf(UnitName unit) {
        return model().application(unit.application())
                .map(app -> charms.get(app.charm()))
                .orElseThrow(() -> new IllegalStateException("the charm of '" + unit + "' is not part of this build"));
    }

    Optional<UnitAgent> agent(UnitName unit) {
        return Optional.ofNullable(agents.get(unit));
    }

    /** Whether each unit's charm was called with the current model and all actions have begun. */
    boolean settled() {
        Model model = model();
        return model.units().stream()
                .allMatch(unit -> agent(unit)
                        .map(UnitAgent::view)
                        .filter(view -> view.phase() == ObservedAgents.Phase.IDLE
                                && view.actions().stream().allMatch(ObservedAgents.ActionView::begun))
                        .filter(_ -> model.refreshed(unit))
                        .filter(view -> view.lastSnapshot().equals(Optional.of(UnitSnapshot.of(model, unit))))
                        .isPresent());
    }

    private ObservedAgents actual() {
        Map<UnitName, ObservedAgents.Agent> views = new HashMap<>();
        agents.forEach((name, agent) -> views.put(name, agent.view()));
        return new ObservedAgents(views);
    }

    private void loop() {
        try {
            while (true) {
                wake.drainPermits();
                // After the drain, which may have taken the permit of close.
                if (stopping) {
                    return;
                }
                Instant now = context.clock().instant();
                if (step(now)) {
                    continue;
                }
                deleteOldReleases();
                if (wake.tryAcquire(untilDue(now).toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.trace("woken");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Without this thread no unit would be reconciled, while status still answers. So the process ends, and the
            // supervisor starts another.
            LOG.error("the reconcile loop failed, the controller ends", e);
            Thread.ofPlatform().start(() -> Runtime.getRuntime().halt(1));
        }
    }

    /** Not while a unit is changed or fails: its service may name the former release although no process does just then. */
    private void deleteOldReleases() {
        boolean active = model().units().stream()
                .allMatch(unit -> context.statuses().of(unit).status().kind() == UnitStatus.Kind.ACTIVE);
        if (!active || !settled()) {
            return;
        }
        try {
            context.home()
                    .releases()
                    .deleteUnused(model().releases())
                    .forEach(release -> LOG.info("release {} is not used any more, and deleted", release));
        } catch (UncheckedIOException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    /** Plans once and begins what is planned; false if there is nothing to do but wait, also if a step has failed. */
    boolean step(Instant now) {
        List<ControllerStep> steps = Planner.plan(model(), actual(), now);
        boolean succeeded = true;
        for (ControllerStep step : steps) {
            try {
                execute(step);
            } catch (CharmException e) {
                // Such as a full disk. The other units are reconciled, and the step is planned again.
                LOG.error("cannot {}", step, e);
                succeeded = false;
            }
        }
        return succeeded && !steps.isEmpty();
    }

    /** The time until something is due that no event announces. */
    private Duration untilDue(Instant now) {
        return agents.values().stream()
                .map(UnitAgent::view)
                .flatMap(Controller::dueTimes)
                .map(due -> due.isBefore(now.plus(MAX_WAIT)) ? Duration.between(now, due) : MAX_WAIT)
                .min(Duration::compareTo)
                .map(wait -> wait.isPositive() ? wait.plusMillis(1) : Duration.ofMillis(100))
                .orElse(MAX_WAIT);
    }

    private static Stream<Instant> dueTimes(ObservedAgents.Agent agent) {
        Stream<Instant> deadlines = Stream.concat(
                agent.removeBy().stream(), agent.actions().stream().map(ObservedAgents.ActionView::deadline));
        return switch (agent.phase()) {
            case IDLE -> Stream.concat(Stream.of(agent.due()), deadlines);
            case FINISHED -> Stream.of(agent.removable());
            case BUSY -> deadlines;
            case REMOVING, REMOVED -> Stream.empty();
        };
    }

    private void execute(ControllerStep step) {
        if (step instanceof ControllerStep.ReconcileUnit || step instanceof ControllerStep.RunAction) {
            LOG.debug("{}", step);
        } else {
            LOG.info("{}", step);
        }
        switch (step) {
            case ControllerStep.StartUnit start ->
                agents.computeIfAbsent(start.unit(), name -> new UnitAgent(name, charmOf(name), context));
            case ControllerStep.ReconcileUnit(var unit, var _) -> agent(unit).ifPresent(UnitAgent::reconcile);
            case ControllerStep.RunAction(var unit, var action) ->
                agent(unit).ifPresent(agent -> agent.actions().run(action));
            case ControllerStep.ExpireAction(var unit, var action) ->
                agent(unit).ifPresent(agent -> agent.actions().expire(action));
            case ControllerStep.MoveUnit move -> change(new ModelChange.MoveUnit(move.unit()));
            case ControllerStep.LeaveUnit(var unit) ->
                change(new ModelChange.LeaveUnit(unit, context.clock().instant()));
            case ControllerStep.RemoveUnit(var unit, var forced) ->
                agent(unit).ifPresent(agent -> agent.remove(forced));
            case ControllerStep.ForgetUnit(var unit) -> {
                change(new ModelChange.ForgetUnit(unit));
                drop(unit);
            }
            case ControllerStep.ForgetApplication(var application) ->
                change(new ModelChange.ForgetApplication(application));
            case ControllerStep.DropAgent(var unit) -> drop(unit);
        }
    }

    private void drop(UnitName unit) {
        UnitAgent agent = agents.remove(unit);
        if (agent != null) {
            agent.stop();
        }
        context.statuses().forget(unit);
    }

    /** Stops all units gracefully, dependents first, and ends. Each later call returns when the first one has. */
    synchronized void stopUnits() {
        if (closed) {
            return;
        }
        LOG.info("controller stops all units");
        endLoop();
        for (String application : new ApplicationGraph(model()).startOrder().reversed()) {
            List<Thread> stops = new ArrayList<>();
            agents.forEach((name, agent) -> {
                if (name.application().equals(application)) {
                    stops.add(Thread.ofPlatform().start(agent::stop));
                }
            });
            stops.forEach(Controller::join);
        }
        close();
    }

    /** Ends calls of charms and releases the model's lock. The units' processes run on. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        endLoop();
        agents.values().forEach(UnitAgent::close);
        context.store().close();
        LOG.info("controller has ended");
    }

    /** Ends the loop before the agents, which it uses. No interrupt, which would close the model's file while the loop writes it. */
    private void endLoop() {
        stopping = true;
        wake.release();
        join(loop);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
