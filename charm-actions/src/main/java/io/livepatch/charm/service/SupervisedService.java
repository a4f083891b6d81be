package io.livepatch.charm.service;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.supervisor.ExitStatus;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.control.PoolState;
import io.livepatch.supervisor.control.SupervisorClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * One service of a unit: none, or one pool of the supervisor. Holds no state of its own, since the pool may have been started by an earlier
 * program. Thread-safe: {@link #ensure}, {@link #stop} and {@link #restart} run one at a time, so a stop that waits for processes delays a
 * start of the same name; {@link #state} never waits.
 */
final class SupervisedService {
    private final SupervisorClient supervisor;
    private final String name;
    private final String poolName;
    /** Whether the unit is being stopped. */
    private final AtomicBoolean stopped;

    private final ReentrantLock changing = new ReentrantLock();

    /**
     * @param unit the beginning of the pool's name
     * @param stopped from the time when it is set, nothing is started
     */
    SupervisedService(SupervisorClient supervisor, String unit, String name, AtomicBoolean stopped) {
        this.supervisor = supervisor;
        this.name = name;
        this.poolName = unit + name;
        this.stopped = stopped;
    }

    /**
     * What the supervisor keeps with the pool: the parts of the service's spec that are in its state and not in the pool's spec. A label of
     * another build that cannot be read counts as one of another service: the charm applies its spec again.
     */
    private record Label(
            String fingerprint,
            Optional<String> reloadFingerprint,
            Optional<WorkerPool> workerPool,
            Optional<Set<Port>> reservedPorts) {
        private static final JsonMapper JSON = JsonMapper.builder()
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .addMixIn(WorkerPool.Entrance.class, EntranceTypes.class)
                .build();

        @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME)
        private interface EntranceTypes {}

        /** An address in a form that Jackson reads without a lookup of its name. */
        private record Port(String address, int port) {}

        static Label of(ServiceSpec spec) {
            return new Label(
                    spec.fingerprint(),
                    spec.reload().map(ServiceSpec.Reload::fingerprint),
                    spec.workerPool(),
                    Optional.of(spec.reservedPorts().stream()
                            .map(it -> new Port(it.getAddress().getHostAddress(), it.getPort()))
                            .collect(Collectors.toSet())));
        }

        static Label of(PoolState pool) {
            try {
                return JSON.readValue(pool.label(), Label.class);
            } catch (JacksonException e) {
                return new Label("", Optional.empty(), Optional.empty(), Optional.empty());
            }
        }

        /** Not those of the supervisor's spec: an older supervisor, which does not know them, drops them. */
        Set<InetSocketAddress> ports() {
            return reservedPorts.stream()
                    .flatMap(Set::stream)
                    .map(it -> new InetSocketAddress(InetAddress.ofLiteral(it.address()), it.port()))
                    .collect(Collectors.toSet());
        }

        String text() {
            return JSON.writeValueAsString(this);
        }
    }

    void ensure(ServiceSpec spec) {
        changing.lock();
        try {
            if (stopped.get()) {
                throw new CharmException("cannot start '" + name + "': its unit is being stopped");
            }
            PoolSpec wanted = PoolSpecFactory.of(poolName, spec);
            String label = Label.of(spec).text();
            Optional<PoolState> now = supervisor.pool(poolName);
            if (now.filter(pool -> pool.spec().equals(wanted) && pool.label().equals(label))
                    .isEmpty()) {
                if (now.filter(pool -> stopsFirst(pool.spec(), wanted) || cannotShare(pool.spec(), wanted))
                        .isPresent()) {
                    supervisor.stop(poolName);
                }
                supervisor.apply(wanted, label, now.flatMap(pool -> newInputs(Label.of(pool), spec)));
            }
        } finally {
            changing.unlock();
        }
    }

    /**
     * The rule is in {@link ServiceSpec}; of what needs another process {@link SpecChange} decides. A replacement must not run beside a
     * single process, and the supervisor cannot change the balancer of running workers.
     */
    private static boolean stopsFirst(PoolSpec from, PoolSpec to) {
        boolean proxied = from.listening() instanceof Listening.Proxied || to.listening() instanceof Listening.Proxied;
        return from.recycling().order() != to.recycling().order()
                || (proxied && !from.listening().equals(to.listening()));
    }

    /** The workers of two users cannot listen at one port, unless the supervisor hands over the sockets of the former ones. */
    private boolean cannotShare(PoolSpec from, PoolSpec to) {
        return !supervisor.handsOverSockets()
                && to.listening() instanceof Listening.Shared
                && !from.surroundings().user().equals(to.surroundings().user());
    }

    private static Optional<String> newInputs(Label from, ServiceSpec to) {
        return to.reload()
                .filter(reload -> !Optional.of(reload.fingerprint()).equals(from.reloadFingerprint()))
                .map(ServiceSpec.Reload::signal);
    }

    void stop() {
        changing.lock();
        try {
            supervisor.stop(poolName);
        } finally {
            changing.unlock();
        }
    }

    /** Begins the replacement of all processes, and starts those that are down. When this returns, the state shows what is due. */
    void restart() {
        changing.lock();
        try {
            if (supervisor.pool(poolName).isPresent()) {
                supervisor.recycle(poolName);
            }
        } finally {
            changing.unlock();
        }
    }

    Optional<ServiceState> state() {
        return supervisor.pool(poolName).map(this::state);
    }

    private ServiceState state(PoolState pool) {
        Label label = Label.of(pool);
        List<WorkerInfo> workers = pool.workers();
        List<WorkerInfo> members = workers.stream()
                .filter(worker -> worker.role() == WorkerInfo.Role.MEMBER)
                .toList();
        boolean upToDate = members.stream().noneMatch(worker -> worker.due().isPresent());
        Optional<PoolState.ReplacementFailure> failure = upToDate ? Optional.empty() : pool.failure();
        return new ServiceState(
                name,
                pool.stopping() ? ServiceState.Phase.STOPPED : phase(members),
                label.fingerprint(),
                label.reloadFingerprint(),
                members.stream().mapToInt(WorkerInfo::restarts).sum(),
                Stream.concat(failure.map(SupervisedService::text).stream(), problems(workers))
                        .findFirst(),
                Stream.concat(
                                members.stream().filter(SupervisedService::down).map(SupervisedService::end),
                                failure.map(SupervisedService::end).stream())
                        .max(Comparator.comparing(ServiceState.End::at)),
                label.workerPool(),
                ready(members.stream()),
                ready(members.stream().filter(worker -> worker.due().isEmpty())),
                upToDate,
                label.ports());
    }

    private static int ready(Stream<WorkerInfo> workers) {
        return (int)
                workers.filter(worker -> worker.state() == WorkerState.READY).count();
    }

    private static String text(PoolState.ReplacementFailure failure) {
        return "a new process ended by itself with %s after %s s%s"
                .formatted(failure.status(), failure.uptime().toMillis() / 1000.0, LogTail.after(failure.worker()));
    }

    private static Stream<String> problems(List<WorkerInfo> workers) {
        Stream<String> down = workers.stream()
                .filter(SupervisedService::down)
                .flatMap(worker -> worker.problem().map(text -> text + LogTail.after(worker)).stream());
        Stream<String> others =
                workers.stream().filter(worker -> worker.due().isEmpty()).flatMap(worker -> worker.problem().stream());
        return Stream.concat(down, others);
    }

    private static boolean down(WorkerInfo worker) {
        return worker.state() == WorkerState.BACKING_OFF || worker.state() == WorkerState.FAILED;
    }

    private static ServiceState.End end(WorkerInfo worker) {
        return end(worker, worker.lastExit(), worker.since());
    }

    private static ServiceState.End end(PoolState.ReplacementFailure failure) {
        WorkerInfo worker = failure.worker();
        return end(worker, Optional.of(failure.status()), worker.launchedAt().plus(failure.uptime()));
    }

    private static ServiceState.End end(WorkerInfo worker, Optional<ExitStatus> status, Instant at) {
        Optional<String> signal = status.flatMap(ExitStatus::signal);
        OptionalInt code = status.stream()
                .filter(_ -> signal.isEmpty())
                .mapToInt(ExitStatus::code)
                .findFirst();
        return new ServiceState.End(code, signal, worker.launchedAt(), at, LogTail.lastLine(worker));
    }

    private static ServiceState.Phase phase(List<WorkerInfo> members) {
        if (members.stream().anyMatch(worker -> worker.state() == WorkerState.READY)) {
            return ServiceState.Phase.READY;
        }
        if (!members.isEmpty() && members.stream().allMatch(worker -> worker.state() == WorkerState.FAILED)) {
            return ServiceState.Phase.ENDED;
        }
        return members.stream().anyMatch(SupervisedService::down)
                ? ServiceState.Phase.FAILING
                : ServiceState.Phase.STARTING;
    }

    /** The last line of a process's log, which mostly says why it ended. */
    static final class LogTail {
        private static final int TAIL = 4096;
        private static final int SHOWN = 300;

        private LogTail() {}

        /** The line as the end of a message about this worker; empty without output. */
        static String after(WorkerInfo worker) {
            return lastLine(worker).map(line -> ": " + line).orElse("");
        }

        static Optional<String> lastLine(WorkerInfo worker) {
            return worker.log().flatMap(LogTail::of);
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
