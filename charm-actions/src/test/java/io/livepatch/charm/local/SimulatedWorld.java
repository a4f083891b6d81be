package io.livepatch.charm.local;

import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.ModelStore;
import io.livepatch.charm.service.UnitServices;
import io.livepatch.charm.testing.SingleProcess;
import io.livepatch.charm.wire.ModelDirectory;
import io.livepatch.supervisor.WorkerInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A machine on which the real controller and its agents run on one thread, with a clock, a disk, a supervisor and threads that a seed
 * decides about. {@link #kill} ends the controller, and sometimes the supervisor with all services; the disk remains.
 *
 * <p>It checks at each event that no service runs twice, that no unit is published before it was ready, and that no service is stopped
 * while a proxy sends it requests, unless its time was up.
 */
final class SimulatedWorld {
    private final Random random;
    private final Path directory;
    private final Map<UnitName, Map<UnitName, Instant>> requests = new TreeMap<>();
    private final Map<String, SimulatedService> services = new LinkedHashMap<>();
    private final ControllerMetrics metrics = new ControllerMetrics(() -> "");
    private final Set<Integer> pendingAtKills = new TreeSet<>();
    private final Map<UnitName, Boolean> wasReady = new TreeMap<>();
    private List<Task> tasks = new ArrayList<>();
    private Model disk = Model.empty("127.0.10");
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private boolean fortunate;
    private boolean killed;
    private Optional<String> violation = Optional.empty();
    private int life;
    private Controller controller;

    /** The controller is killed while it writes. Not an exception, so that no code of the controller handles it. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    static final class NoDaemon implements Daemon {
        @Override
        public Optional<String> problem() {
            return Optional.empty();
        }

        @Override
        public boolean stopping() {
            return false;
        }

        @Override
        public void shutdown() {}

        @Override
        public void stopServicesOfOthers(Model model) {}

        @Override
        public void close() {}
    }

    /** A job of an executor; those of an earlier life of the controller are never run. */
    private record Task(SimulatedThreads threads, Runnable job) {}

    SimulatedWorld(Random random, Path directory) {
        this.random = random;
        this.directory = directory;
        this.controller = start();
    }

    private Controller start() {
        int thisLife = life;
        Semaphore wake = new Semaphore(0);
        ModelStore store = new ModelStore(
                new ModelStore.Disk() {
                    @Override
                    public void write(Model model) {
                        // Nothing of a killed controller writes any more.
                        if (killed || thisLife != life) {
                            throw new Killed();
                        }
                        killed = misfortune(60);
                        if (killed && random.nextBoolean()) {
                            throw new Killed();
                        }
                        checkPublished(model);
                        disk = model;
                        if (killed) {
                            throw new Killed();
                        }
                    }

                    @Override
                    public void close() {}
                },
                disk);
        AgentContext context = new AgentContext(
                new ModelDirectory(directory),
                store,
                SimulatedServices::new,
                _ -> new SimulatedThreads(),
                new UnitStatusRegistry(() -> now),
                metrics,
                "rwx------",
                wake::release,
                () -> now);
        Map<String, Charm> charms = new LinkedHashMap<>();
        new SimulatedCharms(this)
                .all()
                .forEach(charm -> charms.put(charm.metadata().name(), charm));
        return new Controller(charms, context, wake, new NoDaemon());
    }

    Controller controller() {
        return controller;
    }

    Model disk() {
        return disk;
    }

    Instant now() {
        return now;
    }

    /** True once in a while, as long as misfortunes happen. */
    boolean misfortune(int oneIn) {
        return !fortunate && random.nextInt(oneIn) == 0;
    }

    /** From now on nothing fails and nothing is killed. */
    void endMisfortunes() {
        fortunate = true;
    }

    /** The actions that were pending when the controller was killed. */
    Set<Integer> pendingAtKills() {
        return pendingAtKills;
    }

    String metrics() {
        return metrics.text();
    }

    /** Ends the controller at once, one time in three with the supervisor and its processes, and starts another one on the same disk. */
    void kill() {
        disk.actions().forEach((id, action) -> {
            if (action.waiting().isPresent()) {
                pendingAtKills.add(id);
            }
        });
        while (true) {
            killed = false;
            life++;
            tasks = new ArrayList<>();
            if (random.nextInt(3) == 0) {
                services.clear();
                requests.clear();
            }
            try {
                controller = start();
                return;
            } catch (Killed e) {
                // Killed again, during its start.
            }
        }
    }

    /**
     * Runs something in the controller's process; a kill within it is followed by a new start. False if it was killed.
     *
     * @throws AssertionError if a guarantee was violated in it
     */
    boolean survive(Runnable job) {
        try {
            job.run();
        } catch (Killed e) {
            // The controller's threads do not let it through, so that the flag tells.
        }
        violation.ifPresent(what -> {
            throw new AssertionError(what);
        });
        if (killed) {
            kill();
            return false;
        }
        return true;
    }

    /** Threads do not let errors through. */
    private void violated(String guarantee) {
        violation = violation.or(() -> Optional.of(guarantee));
    }

    /** One step of the controller's loop: true if it had something to do. */
    boolean step() {
        boolean[] did = new boolean[1];
        survive(() -> did[0] = controller.step(now));
        return did[0];
    }

    /** Runs a job that waits; false if none waits. */
    boolean runTask() {
        if (tasks.isEmpty()) {
            return false;
        }
        Task task = tasks.remove(random.nextInt(tasks.size()));
        survive(task.job());
        return true;
    }

    void advance(Duration time) {
        now = now.plus(time);
        List.copyOf(services.values()).forEach(SimulatedService::advance);
    }

    /** A proxy sends requests to these servers from now on; those to others end after a while. */
    void route(UnitName proxy, List<UnitName> servers) {
        Map<UnitName, Instant> flights = requests.computeIfAbsent(proxy, _ -> new TreeMap<>());
        flights.replaceAll((server, until) -> servers.contains(server)
                ? until
                : until.equals(Instant.MAX) ? now.plusMillis(random.nextInt(5_000)) : until);
        servers.forEach(server -> flights.put(server, Instant.MAX));
    }

    /** Whether no request of the proxy is in flight at a server. */
    boolean idle(UnitName proxy, UnitName server) {
        Instant until = requests.getOrDefault(proxy, Map.of()).get(server);
        return until == null || !until.isAfter(now);
    }

    private void checkPublished(Model model) {
        for (RelationRecord relation : model.relations().values()) {
            relation.bags()
                    .forEach((owner, bag) -> UnitName.parse(owner)
                            .filter(_ -> bag.containsKey("address"))
                            .filter(unit -> !wasReady.getOrDefault(unit, false))
                            .ifPresent(unit -> violated(unit + " is published and was never ready")));
        }
    }

    private void checkDrained(UnitName server) {
        boolean forced = disk.unit(server)
                .flatMap(unit -> unit.leavingSince())
                .filter(since -> !now.isBefore(since.plus(Duration.ofMinutes(10))))
                .isPresent();
        requests.forEach((proxy, flights) -> {
            if (services.containsKey(proxy + " proxy") && !idle(proxy, server) && !forced) {
                violated(server + " is stopped while " + proxy + " sends it requests");
            }
        });
    }

    /** A process, which gets ready after a while. */
    private final class SimulatedService {
        private SimulatedServices owner;
        private final ServiceSpec spec;
        private final Instant readyAt;
        private boolean ready;

        SimulatedService(SimulatedServices owner, ServiceSpec spec) {
            this.owner = owner;
            this.spec = spec;
            this.readyAt = now.plusMillis(random.nextInt(4_000));
        }

        void advance() {
            if (!ready && !now.isBefore(readyAt)) {
                ready = true;
                wasReady.put(owner.unit, true);
                owner.onChange.accept(spec.name());
            }
        }
    }

    /** The services of a unit in one life of the controller. */
    private final class SimulatedServices implements UnitServices {
        private final UnitName unit;
        private final Consumer<String> onChange;

        SimulatedServices(UnitName unit, Consumer<String> onChange) {
            this.unit = unit;
            this.onChange = onChange;
            services.values().stream()
                    .filter(service -> service.owner.unit.equals(unit))
                    .forEach(service -> service.owner = this);
        }

        private String key(String name) {
            return unit + " " + name;
        }

        @Override
        public void ensure(ServiceSpec spec) {
            SimulatedService running = services.get(key(spec.name()));
            if (running != null && running.spec.equals(spec)) {
                return;
            }
            if (running != null && running.owner != this) {
                violated(key(spec.name()) + " is started by a second agent");
            }
            if (running != null) {
                // A changed service is replaced without an interruption, as the workers of a pool are.
                services.remove(key(spec.name()));
            }
            services.put(key(spec.name()), new SimulatedService(this, spec));
        }

        @Override
        public void stop(String name) {
            if (services.containsKey(key(name))) {
                checkDrained(unit);
                services.remove(key(name));
                requests.remove(unit);
            }
        }

        @Override
        public void restart(String name) {
            throw new AssertionError("no charm restarts a service");
        }

        @Override
        public Optional<ServiceState> state(String name) {
            return Optional.ofNullable(services.get(key(name)))
                    .map(service -> SingleProcess.state(
                            name,
                            service.ready ? ServiceState.Phase.READY : ServiceState.Phase.STARTING,
                            service.spec.fingerprint(),
                            Optional.empty()));
        }

        @Override
        public Map<String, List<WorkerInfo>> workers() {
            return Map.of();
        }

        @Override
        public void close() {}

        @Override
        public void stopAll() {
            List.copyOf(services.values()).stream()
                    .filter(service -> service.owner.unit.equals(unit))
                    .forEach(service -> stop(service.spec.name()));
        }
    }

    /** Threads whose jobs the world runs, in any order. */
    private final class SimulatedThreads extends AbstractExecutorService {
        private boolean ended;

        @Override
        public void execute(Runnable job) {
            tasks.add(new Task(this, job));
        }

        @Override
        public void shutdown() {
            ended = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            ended = true;
            tasks.removeIf(task -> task.threads() == this);
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return ended;
        }

        @Override
        public boolean isTerminated() {
            return ended;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
