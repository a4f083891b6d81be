package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** One service as a pool of the supervisor. Changed by one thread, read by any. */
final class LocalService implements AutoCloseable {
    /** How long {@link #restart} waits until all workers are replaced; the supervisor continues after that. */
    private static final Duration RESTART_TIMEOUT = Duration.ofMinutes(3);

    private final Pool pool;
    private final ReplacementFailures failures;
    private volatile ServiceSpec spec;

    private LocalService(ServiceSpec spec, Pool pool, ReplacementFailures failures) {
        this.spec = spec;
        this.pool = pool;
        this.failures = failures;
    }

    static LocalService start(Supervisor supervisor, String name, ServiceSpec spec, Runnable onChange) {
        ReplacementFailures failures = new ReplacementFailures(InstantSource.system());
        Pool pool = supervisor.run(PoolSpecFactory.of(name, spec), (_, event) -> {
            failures.record(event);
            onChange.run();
        });
        return new LocalService(spec, pool, failures);
    }

    ServiceSpec spec() {
        return spec;
    }

    List<WorkerInfo> workers() {
        return pool.workers();
    }

    /** Changes the running service to {@code next} without an interruption; false if it has to be stopped and started for that. */
    boolean tryChange(ServiceSpec next) {
        PoolSpec wanted = PoolSpecFactory.of(pool.name(), next);
        boolean single = spec.workerPool().isEmpty() || next.workerPool().isEmpty();
        // Checks can change on a running process; any other change needs a new process, and two of a single service
        // cannot run at once.
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
        failures.forget();
        pool.change(wanted);
        spec = next;
        return true;
    }

    /** Replaces the workers one by one and waits for the end; false if the service is a single process. */
    boolean restart() {
        if (spec.workerPool().isEmpty()) {
            return false;
        }
        try {
            pool.restart(RESTART_TIMEOUT);
        } catch (SupervisorException.RestartStalled e) {
            String why = state().problem().map(text -> ": " + text).orElse("");
            throw new CharmException(
                    "not all of " + spec.name() + " could be replaced; the others keep serving" + why, e);
        }
        return true;
    }

    ServiceState state() {
        List<WorkerInfo> workers = pool.workers();
        List<WorkerInfo> members = workers.stream()
                .filter(worker -> worker.role() == WorkerInfo.Role.MEMBER)
                .toList();
        ServiceState.Phase phase = phase(members);
        boolean upToDate = members.stream().noneMatch(worker -> worker.due().isPresent());
        return new ServiceState(
                spec.name(),
                phase,
                spec.fingerprint(),
                members.stream().mapToInt(WorkerInfo::restarts).sum(),
                problem(workers, upToDate),
                spec.workerPool(),
                (int) members.stream()
                        .filter(worker -> worker.state() == WorkerState.READY)
                        .count(),
                upToDate);
    }

    private Optional<String> problem(List<WorkerInfo> workers, boolean upToDate) {
        Stream<String> replacement = upToDate ? Stream.empty() : failures.last().stream();
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
