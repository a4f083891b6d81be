package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.balancer.HaproxyBalancerProvider;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.local.UnitAgent.AgentContext;
import io.livepatch.charm.model.ActionHistory;
import io.livepatch.charm.model.ApplicationGraph;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.model.UnitSnapshot;
import io.livepatch.charm.reconcile.ControllerStep;
import io.livepatch.charm.reconcile.Planner;
import io.livepatch.charm.reconcile.Planner.ObservedAgents;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.engine.Supervisor;
import io.livepatch.supervisor.output.LogFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
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
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Map<String, Charm> charms;
    private final AgentContext around;
    private final Semaphore wake;
    private final Map<UnitName, UnitAgent> agents = new ConcurrentSkipListMap<>();
    private final Thread loop = Thread.ofPlatform().name("reconcile").daemon().unstarted(this::loop);
    private volatile boolean stopping;

    /** What the controller's command line and environment say; an empty subnet leaves that of the model. */
    record Setting(ModelDirectory home, Path programs, String directoryMode, String subnet) {}

    private Controller(Map<String, Charm> charms, AgentContext around, Semaphore wake) {
        this.charms = charms;
        this.around = around;
        this.wake = wake;
    }

    /** Opens the model and brings back every unit that it holds. */
    static Controller start(Setting setting, List<Charm> charms, InstantSource clock) {
        PrivateFile.directory(setting.home().units(), setting.directoryMode());
        ModelStore store = ModelStore.open(
                setting.home().model(), setting.subnet().isBlank() ? Model.DEFAULT_SUBNET : setting.subnet());
        Semaphore wake = new Semaphore(0);
        Map<String, Charm> byName = new LinkedHashMap<>();
        charms.forEach(charm -> byName.put(charm.metadata().name(), charm));
        AgentContext around = new AgentContext(
                setting.home(),
                store,
                Supervisor.start(
                        LogFile::open,
                        new Supervisor.Proxies(
                                Optional.of(new HaproxyBalancerProvider()),
                                spec -> setting.home().units().resolve(spec.name()))),
                new UnitStatusRegistry(clock),
                setting.programs(),
                setting.directoryMode(),
                wake::release,
                clock);
        Controller controller = new Controller(byName, around, wake);
        store.update(model -> ActionHistory.abortRunning(model, clock.instant()));
        if (!setting.subnet().isBlank()) {
            controller.change(new ModelChange.MoveTo(setting.subnet()));
        }
        store.onChange(_ -> wake.release());
        LOG.info("controller of {} starts with {}", setting.home(), store.model());
        controller.loop.start();
        return controller;
    }

    Map<String, CharmMetadata> metadata() {
        Map<String, CharmMetadata> all = new LinkedHashMap<>();
        charms.forEach((name, charm) -> all.put(name, charm.metadata()));
        return all;
    }

    AgentContext surroundings() {
        return around;
    }

    Model model() {
        return around.store().model();
    }

    /** Changes the model; what follows from it follows by itself. */
    Model change(ModelChange change) {
        return around.store().update(model -> change.applyTo(model, metadata()));
    }

    /** What would be done next if this were the model. */
    List<ControllerStep> preview(Model model) {
        return Planner.plan(model, actual(), around.clock().instant());
    }

    Charm charmOf(UnitName unit) {
        Charm charm =
                charms.get(model().application(unit.application()).orElseThrow().charm());
        if (charm == null) {
            throw new IllegalStateException("the charm of '" + unit + "' is not in this build");
        }
        return charm;
    }

    Optional<UnitAgent> agent(UnitName unit) {
        return Optional.ofNullable(agents.get(unit));
    }

    /** Whether every unit has seen the model as it is now. */
    boolean settled() {
        Model model = model();
        return model.units().stream()
                .allMatch(unit -> agent(unit)
                        .map(UnitAgent::view)
                        .filter(view -> view.phase() == ObservedAgents.Phase.IDLE
                                && view.action().isEmpty())
                        .filter(view -> view.seen().equals(Optional.of(UnitSnapshot.of(model, unit))))
                        .isPresent());
    }

    private ObservedAgents actual() {
        Map<UnitName, ObservedAgents.Agent> views = new TreeMap<>();
        agents.forEach((name, agent) -> views.put(name, agent.view()));
        return ObservedAgents.of(views);
    }

    private void loop() {
        try {
            while (!stopping) {
                wake.drainPermits();
                Instant now = around.clock().instant();
                List<ControllerStep> steps = Planner.plan(model(), actual(), now);
                steps.forEach(this::execute);
                if (steps.isEmpty() && wake.tryAcquire(untilDue(now).toMillis(), TimeUnit.MILLISECONDS)) {
                    LOG.trace("woken");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // Nothing would reconcile any more while all looks well: better to end, and be started anew.
            LOG.error("the controller cannot go on", e);
            Thread.ofPlatform().start(() -> Runtime.getRuntime().halt(1));
        }
    }

    private Duration untilDue(Instant now) {
        return agents.values().stream()
                .map(UnitAgent::view)
                .filter(view -> view.phase() == ObservedAgents.Phase.IDLE)
                .map(view -> Duration.between(now, view.due()))
                .filter(wait -> wait.compareTo(LONGEST_WAIT) < 0)
                .min(Duration::compareTo)
                .map(wait -> wait.isPositive() ? wait.plusMillis(1) : Duration.ofMillis(100))
                .orElse(LONGEST_WAIT);
    }

    private void execute(ControllerStep controllerStep) {
        if (controllerStep instanceof ControllerStep.ReconcileUnit) {
            LOG.debug("{}", controllerStep);
        } else {
            LOG.info("{}", controllerStep);
        }
        switch (controllerStep) {
            case ControllerStep.StartUnit start ->
                agents.computeIfAbsent(start.unit(), name -> new UnitAgent(name, charmOf(name), around));
            case ControllerStep.ReconcileUnit reconcile ->
                agent(reconcile.unit()).ifPresent(UnitAgent::reconcile);
            case ControllerStep.RunAction run -> agent(run.unit()).ifPresent(UnitAgent::runAction);
            case ControllerStep.RemoveUnit(var unit) -> agent(unit).ifPresent(UnitAgent::remove);
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
        around.board().forget(unit);
    }

    /** Stops every unit gracefully, those that need others first, and lets go of the model. */
    @Override
    public synchronized void close() {
        if (stopping) {
            return;
        }
        stopping = true;
        loop.interrupt();
        LOG.info("controller stops");
        for (String application : new ApplicationGraph(model()).startOrder().reversed()) {
            List<Thread> stops = new ArrayList<>();
            agents.forEach((name, agent) -> {
                if (name.application().equals(application)) {
                    stops.add(Thread.ofPlatform().start(agent::stop));
                }
            });
            stops.forEach(Controller::join);
        }
        around.supervisor().close();
        around.store().close();
        LOG.info("controller has stopped");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
