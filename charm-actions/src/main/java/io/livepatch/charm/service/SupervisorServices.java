package io.livepatch.charm.local;

import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitName;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.engine.Supervisor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The services of one unit as pools of the supervisor. Pools run between the charm's calls and end with the controller. Thread-safe,
 * for a reconcile and an action at once: changes of one service wait for each other, those of different services do not.
 */
final class LocalServices implements UnitServices {
    private final UnitName unit;
    private final Supervisor supervisor;
    private final Consumer<String> onChange;
    /** By name. An entry stays when its service is stopped, because it is what changes of that name wait for. */
    private final Map<String, LocalService> services = new ConcurrentHashMap<>();

    private final AtomicBoolean closed = new AtomicBoolean();

    LocalServices(UnitName unit, Supervisor supervisor, Consumer<String> onChange) {
        this.unit = unit;
        this.supervisor = supervisor;
        this.onChange = onChange;
    }

    @Override
    public void ensure(ServiceSpec spec) {
        service(spec.name()).ensure(spec);
    }

    @Override
    public void stop(String name) {
        service(name).stop();
    }

    @Override
    public void restart(String name) {
        service(name).restart();
    }

    @Override
    public Optional<ServiceState> state(String name) {
        return service(name).state();
    }

    private LocalService service(String name) {
        // A pool's name is also the path, below the units' directory, where its balancer keeps its files.
        return services.computeIfAbsent(
                name,
                _ -> new LocalService(supervisor, unit.fileName() + "/" + name, () -> onChange.accept(name), closed));
    }

    @Override
    public Map<String, List<WorkerInfo>> workers() {
        Map<String, List<WorkerInfo>> all = new TreeMap<>();
        services.forEach((name, service) -> service.workers().ifPresent(workers -> all.put(name, workers)));
        return all;
    }

    /** Stops all services and waits for their end; later starts are refused. */
    @Override
    public void close() {
        // Before the loop: a start that has not seen it holds the lock that the stop of its service waits for.
        closed.set(true);
        services.values().forEach(LocalService::stop);
    }
}
