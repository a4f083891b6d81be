package io.livepatch.charm.local;

import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.Services;
import io.livepatch.charm.api.UnitName;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.PoolSpecBuilder;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.Recycling;
import io.livepatch.supervisor.Surroundings;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Supervisor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The services of one unit as pools of the supervisor. Pools outlive the calls of the charm, not the controller. */
final class LocalServices implements Services, AutoCloseable {
    private static final Duration CHECK_EVERY = Duration.ofMillis(500);
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(3);

    private final UnitName unit;
    private final Supervisor supervisor;
    private final Runnable onChange;
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    private record Running(ServiceSpec spec, Pool pool) {}

    LocalServices(UnitName unit, Supervisor supervisor, Runnable onChange) {
        this.unit = unit;
        this.supervisor = supervisor;
        this.onChange = onChange;
    }

    @Override
    public void ensure(ServiceSpec spec) {
        Running now = running.get(spec.name());
        if (now != null && now.spec().equals(spec)) {
            return;
        }
        stop(spec.name());
        start(spec);
    }

    @Override
    public void stop(String name) {
        Running now = running.remove(name);
        if (now != null) {
            now.pool().close();
        }
    }

    @Override
    public void restart(String name) {
        Running now = running.get(name);
        if (now != null) {
            stop(name);
            start(now.spec());
        }
    }

    private void start(ServiceSpec spec) {
        Pool pool = supervisor.run(poolSpec(spec), (_, _) -> onChange.run());
        running.put(spec.name(), new Running(spec, pool));
    }

    @Override
    public Optional<ServiceState> state(String name) {
        return Optional.ofNullable(running.get(name)).map(now -> {
            List<WorkerInfo> workers = now.pool().workers();
            ServiceState.Phase phase = phase(workers);
            return new ServiceState(
                    name,
                    phase,
                    now.spec().fingerprint(),
                    workers.stream().mapToInt(WorkerInfo::restarts).sum(),
                    workers.stream()
                            .flatMap(worker -> worker.problem().stream())
                            .findFirst()
                            .map(problem -> phase == ServiceState.Phase.FAILING
                                    ? problem
                                            + LastLine.of(now.spec().log())
                                                    .map(line -> ": " + line)
                                                    .orElse("")
                                    : problem));
        });
    }

    private static ServiceState.Phase phase(List<WorkerInfo> workers) {
        if (workers.isEmpty()) {
            return ServiceState.Phase.STARTING;
        }
        if (workers.stream().allMatch(worker -> worker.state() == WorkerState.READY)) {
            return ServiceState.Phase.READY;
        }
        if (workers.stream()
                .anyMatch(
                        worker -> worker.state() == WorkerState.BACKING_OFF || worker.state() == WorkerState.FAILED)) {
            return ServiceState.Phase.FAILING;
        }
        return workers.stream().allMatch(worker -> worker.state() == WorkerState.STOPPED)
                ? ServiceState.Phase.STOPPED
                : ServiceState.Phase.STARTING;
    }

    private PoolSpec poolSpec(ServiceSpec spec) {
        Surroundings surroundings = Surroundings.PLAIN
                .withEnvironment(spec.environment())
                .withDirectory(spec.directory())
                .withParentDeathSignal(spec.parentDeathSignal());
        PoolSpecBuilder pool = PoolSpec.of(unit + "/" + spec.name(), spec.command())
                .log(spec.log())
                .surroundings(spec.user().map(surroundings::withUser).orElse(surroundings))
                .stop(spec.stop().signal(), spec.stop().timeout())
                // Two of one service would fight over its port and its files.
                .recycling(Recycling.IN_PLACE);
        spec.ready().ifPresent(ready -> pool.ready(readyCheck(ready)));
        return pool.build();
    }

    private static HealthCheck readyCheck(ServiceSpec.Ready ready) {
        return switch (ready) {
            case ServiceSpec.Ready.Http(var uri) -> HealthCheck.prompt(new Probe.Http(uri), CHECK_EVERY, CHECK_TIMEOUT);
            // Each check is a process.
            case ServiceSpec.Ready.Command(var command) ->
                HealthCheck.prompt(new Probe.Command(command), CHECK_EVERY.multipliedBy(4), CHECK_TIMEOUT);
        };
    }

    /** Stops all of them. */
    @Override
    public void close() {
        List.copyOf(running.keySet()).forEach(this::stop);
    }
}
