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
import java.util.function.Consumer;

/** The services of one unit as pools of the supervisor. Pools run between the charm's calls and end with the controller. */
final class LocalServices implements UnitServices {
    private final UnitName unit;
    private final Supervisor supervisor;
    private final Consumer<String> onChange;
    private final Map<String, LocalService> running = new ConcurrentHashMap<>();

    LocalServices(UnitName unit, Supervisor supervisor, Consumer<String> onChange) {
        this.unit = unit;
        this.supervisor = supervisor;
        this.onChange = onChange;
    }

    @Override
    public void ensure(ServiceSpec spec) {
        LocalService now = running.get(spec.name());
        if (now != null && (now.spec().equals(spec) || now.tryChange(spec))) {
            return;
        }
        stop(spec.name());
        start(spec);
    }

    @Override
    public void stop(String name) {
        LocalService now = running.remove(name);
        if (now != null) {
            now.close();
        }
    }

    @Override
    public void restart(String name) {
        LocalService now = running.get(name);
        if (now != null && !now.restart()) {
            stop(name);
            start(now.spec());
        }
    }

    /** A pool's name is also the path, below the units' directory, where its balancer keeps its files. */
    private void start(ServiceSpec spec) {
        String pool = unit.fileName() + "/" + spec.name();
        running.put(spec.name(), LocalService.start(supervisor, pool, spec, () -> onChange.accept(spec.name())));
    }

    @Override
    public Optional<ServiceState> state(String name) {
        return Optional.ofNullable(running.get(name)).map(LocalService::state);
    }

    @Override
    public Map<String, List<WorkerInfo>> workers() {
        Map<String, List<WorkerInfo>> all = new TreeMap<>();
        running.forEach((name, service) -> all.put(name, service.workers()));
        return all;
    }

    @Override
    public void close() {
        List.copyOf(running.keySet()).forEach(this::stop);
    }
}
