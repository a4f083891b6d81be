package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * One service of a unit: none, or one pool of the supervisor. Thread-safe: {@link #ensure}, {@link #stop} and {@link #restart} run
 * one at a time, so a stop that waits for processes delays a start of the same name; {@link #state} and {@link #workers} never wait.
 */
final class LocalService {
    private final Supervisor supervisor;
    private final String poolName;
    private final Runnable onChange;
    /** Whether the unit is being stopped. */
    private final AtomicBoolean closed;

    private final ReentrantLock changing = new ReentrantLock();
    /** Written by the holder of the lock. */
    private volatile Optional<Running> running = Optional.empty();

    /**
     * @param onChange called after each event of a process, on a thread of its own
     * @param closed from the time when it is set, nothing is started
     */
    LocalService(Supervisor supervisor, String poolName, Runnable onChange, AtomicBoolean closed) {
        this.supervisor = supervisor;
        this.poolName = poolName;
        this.onChange = onChange;
        this.closed = closed;
    }

    /**
     * A pool and the spec that it runs.
     *
     * @param spec changes after the pool has, so that a state with the new fingerprint shows the replacements that are due for it
     */
    private record Running(ServiceSpec spec, Pool pool, ReplacementFailures failures, boolean stopping) {
        Running with(ServiceSpec next) {
            return new Running(next, pool, failures, stopping);
        }

        Running stopped() {
            return new Running(spec, pool, failures, true);
        }
    }

    void ensure(ServiceSpec spec) {
        changing.lock();
        try {
            if (closed.get()) {
                throw new CharmException("cannot start '" + spec.name() + "': its unit is being stopped");
            }
            Optional<Running> now = running;
            if (now.isEmpty()) {
                start(spec);
            } else if (!now.get().spec().equals(spec)) {
                change(now.get(), spec);
            }
        } finally {
            changing.unlock();
        }
    }

    private void start(ServiceSpec spec) {
        ReplacementFailures failures = new ReplacementFailures(InstantSource.system());
        Pool pool = supervisor.run(PoolSpecFactory.of(poolName, spec), (_, event) -> {
            failures.record(event);
            onChange.run();
        });
        running = Optional.of(new Running(spec, pool, failures, false));
    }

    /** The rule is in {@link ServiceSpec}; of what needs another process {@link SpecChange} decides. */
    private void change(Running now, ServiceSpec next) {
        PoolSpec wanted = PoolSpecFactory.of(poolName, next);
        if (stopsFirst(now, next, wanted)) {
            stopPool(now);
            start(next);
            return;
        }
        boolean replaces = SpecChange.recycles(now.pool().spec(), wanted);
        if (!replaces) {
            // Before the change, because the workers that it starts have read the new inputs.
            newInputs(now.spec(), next).ifPresent(reload -> now.pool().reload(reload.signal()));
        }
        if (!now.pool().spec().equals(wanted)) {
            now.failures().forget();
            now.pool().change(wanted);
        }
        running = Optional.of(now.with(next));
    }

    /** A replacement must not run beside a single process, and the supervisor cannot change the balancer of running workers. */
    private static boolean stopsFirst(Running now, ServiceSpec next, PoolSpec wanted) {
        Listening from = now.pool().spec().listening();
        Listening to = wanted.listening();
        boolean proxied = from instanceof Listening.Proxied || to instanceof Listening.Proxied;
        return now.spec().workerPool().isPresent() != next.workerPool().isPresent() || (proxied && !from.equals(to));
    }

    private static Optional<ServiceSpec.Reload> newInputs(ServiceSpec from, ServiceSpec to) {
        Optional<String> before = from.reload().map(ServiceSpec.Reload::fingerprint);
        return to.reload().filter(reload -> !Optional.of(reload.fingerprint()).equals(before));
    }

    void stop() {
        changing.lock();
        try {
            running.ifPresent(this::stopPool);
        } finally {
            changing.unlock();
        }
    }

    private void stopPool(Running now) {
        running = Optional.of(now.stopped());
        try {
            now.pool().close();
        } finally {
            running = Optional.empty();
        }
    }

    /** Begins the replacement of all processes, and starts those that are down. When this returns, the state shows what is due. */
    void restart() {
        changing.lock();
        try {
            running.ifPresent(now -> {
                now.failures().forget();
                var _ = now.pool().recycleAll();
            });
        } finally {
            changing.unlock();
        }
    }

    Optional<List<WorkerInfo>> workers() {
        return running.map(now -> now.pool().workers());
    }

    Optional<ServiceState> state() {
        return running.map(LocalService::state);
    }

    private static ServiceState state(Running now) {
        ServiceSpec spec = now.spec();
        List<WorkerInfo> workers = now.pool().workers();
        List<WorkerInfo> members = workers.stream()
                .filter(worker -> worker.role() == WorkerInfo.Role.MEMBER)
                .toList();
        boolean upToDate = members.stream().noneMatch(worker -> worker.due().isPresent());
        Stream<String> replacement = upToDate ? Stream.empty() : now.failures().last().stream();
        return new ServiceState(
                spec.name(),
                now.stopping() ? ServiceState.Phase.STOPPED : phase(members),
                spec.fingerprint(),
                spec.reload().map(ServiceSpec.Reload::fingerprint),
                members.stream().mapToInt(WorkerInfo::restarts).sum(),
                Stream.concat(replacement, problems(workers)).findFirst(),
                members.stream()
                        .filter(LocalService::down)
                        .max(Comparator.comparing(WorkerInfo::since))
                        .map(LocalService::end),
                spec.workerPool(),
                (int) members.stream()
                        .filter(worker -> worker.state() == WorkerState.READY)
                        .count(),
                upToDate);
    }

    private static Stream<String> problems(List<WorkerInfo> workers) {
        Stream<String> down = workers.stream()
                .filter(LocalService::down)
                .flatMap(worker -> worker.problem().map(text -> text + LogTail.after(worker)).stream());
        Stream<String> others =
                workers.stream().filter(worker -> worker.due().isEmpty()).flatMap(worker -> worker.problem().stream());
        return Stream.concat(down, others);
    }

    private static boolean down(WorkerInfo worker) {
        return worker.state() == WorkerState.BACKING_OFF || worker.state() == WorkerState.FAILED;
    }

    private static ServiceState.End end(WorkerInfo worker) {
        Optional<String> signal = worker.lastExit().flatMap(ExitStatus::signal);
        OptionalInt code = worker.lastExit().stream()
                .filter(_ -> signal.isEmpty())
                .mapToInt(ExitStatus::code)
                .findFirst();
        return new ServiceState.End(code, signal, worker.launchedAt(), worker.since());
    }

    private static ServiceState.Phase phase(List<WorkerInfo> members) {
        if (members.stream().anyMatch(worker -> worker.state() == WorkerState.READY)) {
            return ServiceState.Phase.READY;
        }
        if (!members.isEmpty() && members.stream().allMatch(worker -> worker.state() == WorkerState.FAILED)) {
            return ServiceState.Phase.ENDED;
        }
        return members.stream().anyMatch(LocalService::down) ? ServiceState.Phase.FAILING : ServiceState.Phase.STARTING;
    }

    /**
     * Why the last replacement worker failed. The supervisor drops a failed replacement at once, so the reason is recorded from the
     * event. Thread-safe.
     */
    static final class ReplacementFailures {
        private final InstantSource clock;
        private Instant from;
        private Optional<String> last = Optional.empty();

        ReplacementFailures(InstantSource clock) {
            this.clock = clock;
            this.from = clock.instant();
        }

        /**
         * Called for a new spec: failures of workers that were started for an earlier one no longer count, even if their events
         * arrive later.
         */
        synchronized void forget() {
            from = clock.instant();
            last = Optional.empty();
        }

        synchronized void record(PoolEvent event) {
            if (event instanceof PoolEvent.Ended(var worker, var status, var reason, var uptime, var _)
                    && worker.role() == WorkerInfo.Role.REPLACEMENT
                    && reason == ReplacementReason.CRASH
                    && !worker.launchedAt().isBefore(from)) {
                last = Optional.of("a new process ended by itself with %s after %s s%s"
                        .formatted(status, uptime.toMillis() / 1000.0, LogTail.after(worker)));
            }
        }

        synchronized Optional<String> last() {
            return last;
        }
    }

    /** The last line of a process's log, which mostly says why it ended. */
    static final class LogTail {
        private static final int TAIL = 4096;
        private static final int SHOWN = 300;

        private LogTail() {}

        /** The line as the end of a message about this worker; empty without output. */
        static String after(WorkerInfo worker) {
            return worker.log().flatMap(LogTail::of).map(line -> ": " + line).orElse("");
        }

        private static Optional<String> of(Path log) {
            try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
                byte[] tail = new byte[(int) Math.min(TAIL, file.length())];
                file.seek(file.length() - tail.length);
                file.readFully(tail);
                return new String(tail, StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isBlank())
                        .reduce((_, last) -> last)
                        .map(line -> line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line);
            } catch (IOException e) {
                return Optional.empty();
            }
        }
    }
}
