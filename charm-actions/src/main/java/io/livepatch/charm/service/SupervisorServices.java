package io.livepatch.charm.service;

import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.control.PoolState;
import io.livepatch.supervisor.control.SupervisorClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The services of one unit as pools of a supervisor: {@code <unit>/<service>}. Thread-safe, for a reconcile and an action at once:
 * changes of one service wait for each other, those of different services do not.
 */
public final class SupervisorServices implements UnitServices {
    private final String prefix;
    private final SupervisorClient supervisor;
    private final SupervisorClient.Subscription changes;
    /** By name. An entry stays when its service is stopped, because it is what changes of that name wait for. */
    private final Map<String, SupervisedService> services = new ConcurrentHashMap<>();

    private final AtomicBoolean stopped = new AtomicBoolean();

    /**
     * The services of a unit, which may run already.
     *
     * @param unit a name that no other unit of the supervisor has, such as {@code livepatch-0}
     * @param onChange called with the name of a service whose state has changed, on any thread; must not block
     */
    public SupervisorServices(String unit, SupervisorClient supervisor, Consumer<String> onChange) {
        this.prefix = unit + "/";
        this.supervisor = supervisor;
        this.changes = supervisor.onChange(pool -> {
            if (pool.startsWith(prefix)) {
                onChange.accept(pool.substring(prefix.length()));
            }
        });
    }

    /** The unit of a pool, as it was given to the constructor; empty if the pool is no service. */
    public static Optional<String> unit(PoolState pool) {
        int slash = pool.name().indexOf('/');
        return slash < 0 ? Optional.empty() : Optional.of(pool.name().substring(0, slash));
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

    private SupervisedService service(String name) {
        return services.computeIfAbsent(name, _ -> new SupervisedService(supervisor, prefix, name, stopped));
    }

    private List<String> running() {
        return supervisor.pools().stream()
                .map(PoolState::name)
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .toList();
    }

    @Override
    public Map<String, List<WorkerInfo>> workers() {
        Map<String, List<WorkerInfo>> all = new TreeMap<>();
        running().forEach(name -> supervisor.pool(prefix + name).ifPresent(pool -> all.put(name, pool.workers())));
        return all;
    }

    @Override
    public void stopAll() {
        // Before the loop: a start that has not seen it holds the lock that the stop of its service waits for.
        stopped.set(true);
        List<String> names = new ArrayList<>(services.keySet());
        running().stream().filter(name -> !names.contains(name)).forEach(names::add);
        names.forEach(this::stop);
    }

    @Override
    public void close() {
        changes.close();
    }
}
