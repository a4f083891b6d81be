package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Supervisor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One service as a pool. Changed by one thread, looked at by any. */
final class LocalService implements AutoCloseable {
    /** How long {@link #restart} waits for all of a crew to be replaced; the supervisor goes on with the rest after that. */
    private static final Duration RESTART_WITHIN = Duration.ofMinutes(3);

    private final Pool pool;
    private final ReplacementFailures replacementFailures;
    private volatile ServiceSpec spec;

    private LocalService(ServiceSpec spec, Pool pool, ReplacementFailures replacementFailures) {
        this.spec = spec;
        this.pool = pool;
        this.replacementFailures = replacementFailures;
    }

    static LocalService start(Supervisor supervisor, String name, ServiceSpec spec, Runnable onChange) {
        ReplacementFailures replacementFailures = new ReplacementFailures(InstantSource.system());
        Pool pool = supervisor.run(PoolSpecFactory.of(name, spec), (_, event) -> {
            replacementFailures.heard(event);
            onChange.run();
        });
        return new LocalService(spec, pool, replacementFailures);
    }

    ServiceSpec spec() {
        return spec;
    }

    List<WorkerInfo> workers() {
        return pool.workers();
    }

    /** Has it become {@code next} without a gap; false when it has to be stopped and started for that. */
    boolean becomes(ServiceSpec next) {
        PoolSpec wanted = PoolSpecFactory.of(pool.name(), next);
        boolean single = spec.crew().isEmpty() || next.crew().isEmpty();
        // A running process can get other checks; anything else needs another process, and two cannot run at once.
        if (single
                && (SpecChange.recycles(pool.spec(), wanted)
                        || !spec.fingerprint().equals(next.fingerprint()))) {
            return false;
        }
        boolean proxied =
                pool.spec().listening() instanceof Listening.Proxied || wanted.listening() instanceof Listening.Proxied;
        if (proxied && !pool.spec().listening().equals(wanted.listening())) {
            return false;
        }
        replacementFailures.forget();
        pool.change(wanted);
        spec = next;
        return true;
    }

    /** Replaces a crew, one by one, and waits for it; false when it is no crew. */
    boolean restart() {
        if (spec.crew().isEmpty()) {
            return false;
        }
        try {
            pool.restart(RESTART_WITHIN);
        } catch (SupervisorException.RestartStalled e) {
            String why = state().problem().map(text -> ": " + text).orElse("");
            throw new CharmException(
                    "not all of " + spec.name() + " could be replaced; those that were not serve on" + why, e);
        }
        return true;
    }

    ServiceState state() {
        List<WorkerInfo> workers = pool.workers();
        List<WorkerInfo> members = workers.stream()
                .filter(worker -> worker.role() == WorkerInfo.Role.MEMBER)
                .toList();
        ServiceState.Phase phase = phase(members);
        boolean renewed = members.stream().noneMatch(worker -> worker.due().isPresent());
        return new ServiceState(
                spec.name(),
                phase,
                spec.fingerprint(),
                members.stream().mapToInt(WorkerInfo::restarts).sum(),
                problem(workers, renewed),
                spec.crew(),
                (int) members.stream()
                        .filter(worker -> worker.state() == WorkerState.READY)
                        .count(),
                renewed);
    }

    private Optional<String> problem(List<WorkerInfo> workers, boolean renewed) {
        Stream<String> replacement = renewed ? Stream.empty() : replacementFailures.last().stream();
        Stream<String> down = workers.stream()
                .filter(LocalService::failing)
                .flatMap(worker -> worker.problem().map(text -> text + LogTail.after(worker)).stream());
        Stream<String> others =
                workers.stream().filter(worker -> worker.due().isEmpty()).flatMap(worker -> worker.problem().stream());
        return Stream.of(replacement, down, others).flatMap(it -> it).findFirst();
    }

    private static boolean failing(WorkerInfo worker) {
        return worker.state() == WorkerState.BACKING_OFF || worker.state() == WorkerState.FAILED;
    }

    private static ServiceState.Phase phase(List<WorkerInfo> members) {
        if (members.stream().anyMatch(worker -> worker.state() == WorkerState.READY)) {
            return ServiceState.Phase.READY;
        }
        if (members.stream().anyMatch(LocalService::failing)) {
            return ServiceState.Phase.FAILING;
        }
        return !members.isEmpty() && members.stream().allMatch(worker -> worker.state() == WorkerState.STOPPED)
                ? ServiceState.Phase.STOPPED
                : ServiceState.Phase.STARTING;
    }

    @Override
    public void close() {
        pool.close();
    }
}
