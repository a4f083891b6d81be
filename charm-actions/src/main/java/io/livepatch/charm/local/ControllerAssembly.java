package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.ModelChange;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.service.SupervisorServices;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.control.SupervisorClient;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the controller of a model from its parts. */
final class ControllerAssembly {
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);

    private ControllerAssembly() {}

    /**
     * The settings of the controller's command line and environment; an empty subnet keeps that of the model.
     *
     * @param release the id of the release that the controller runs from
     */
    record Setting(ModelDirectory home, String release, String directoryMode, String subnet) {}

    /** Opens the model and starts an agent for each unit in it, whose processes may run already. */
    static Controller start(Setting setting, SupervisorClient supervisor, List<Charm> charms, InstantSource clock) {
        PrivateFile.directory(setting.home().units(), setting.directoryMode());
        ModelStore store = ModelStore.open(
                setting.home().model(), setting.subnet().isBlank() ? Model.DEFAULT_SUBNET : setting.subnet());
        Semaphore wake = new Semaphore(0);
        Map<String, Charm> byName = new LinkedHashMap<>();
        charms.forEach(charm -> byName.put(charm.metadata().name(), charm));
        UnitStatusRegistry statuses = new UnitStatusRegistry(clock);
        ControllerMetrics metrics = new ControllerMetrics(supervisor::metrics);
        metrics.observe(store::model, statuses, clock);
        AgentContext context = new AgentContext(
                setting.home(),
                store,
                (unit, onChange) -> new SupervisorServices(unit.fileName(), supervisor, onChange),
                purpose -> Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().name(purpose).daemon().factory()),
                statuses,
                metrics,
                setting.directoryMode(),
                wake::release,
                clock);
        Controller controller = new Controller(byName, context, wake, Daemon.of(supervisor));
        controller.change(new ModelChange.AddReleases(setting.release()));
        if (!setting.subnet().isBlank()) {
            controller.change(new ModelChange.MoveTo(setting.subnet()));
        }
        LOG.info("controller of {} starts with {}", setting.home(), store.model());
        controller.daemon().stopServicesOfOthers(store.model());
        controller.start();
        return controller;
    }
}
