package io.livepatch.supervisor.cli;

import io.livepatch.common.config.ConfigException;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SpecChange;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerInfo;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.admin.PoolChange;
import io.livepatch.supervisor.config.ConfigCheck;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.SupervisorConfig;
import io.livepatch.supervisor.config.SupervisorConfig.PoolSettings;
import io.livepatch.supervisor.control.AppliedPools;
import io.livepatch.supervisor.engine.Supervisor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running pools and the file that declares them; a reload changes the pools to match the file. Thread-safe. */
final class PoolRegistry {

    private static final Logger log = LoggerFactory.getLogger(PoolRegistry.class);

    private final Path file;
    private final Map<String, Pool> pools = new LinkedHashMap<>();
    private volatile SupervisorConfig config;
    private final AppliedPools applied = new AppliedPools(this::runApplied, InstantSource.system());
    private Optional<Supervisor> supervisor = Optional.empty();
    private Listeners listeners = new Listeners(List.of());
    private Listeners ofFile = new Listeners(List.of());

    PoolRegistry(Path file, SupervisorConfig config) {
        this.file = file;
        this.config = config;
    }

    /**
     * Sets the supervisor that runs the pools.
     *
     * @param listeners of all pools
     * @param ofFile also of the pools of the file
     */
    synchronized void open(Supervisor supervisor, List<PoolEvent.Listener> listeners, List<PoolEvent.Listener> ofFile) {
        this.supervisor = Optional.of(supervisor);
        this.listeners = new Listeners(listeners);
        this.ofFile = this.listeners.and(ofFile);
    }

    /** Passes events on. */
    private record Listeners(List<PoolEvent.Listener> all) implements PoolEvent.Listener {
        Listeners {
            all = List.copyOf(all);
        }

        Listeners and(List<PoolEvent.Listener> more) {
            return new Listeners(Stream.concat(all.stream(), more.stream()).toList());
        }

        @Override
        public void onEvent(String pool, PoolEvent event) {
            all.forEach(listener -> listener.onEvent(pool, event));
        }

        @Override
        public void workersChanged(String pool) {
            all.forEach(listener -> listener.workersChanged(pool));
        }
    }

    /** The pools that clients of the control socket add. */
    AppliedPools applied() {
        return applied;
    }

    private Pool runApplied(PoolSpec spec, PoolEvent.Listener watcher) {
        Supervisor runner;
        Listeners all;
        synchronized (this) {
            runner = supervisor.orElseThrow();
            all = listeners.and(List.of(watcher));
        }
        return runner.run(spec, all);
    }

    SupervisorConfig config() {
        return config;
    }

    Path balancerDirectory(PoolSpec spec) {
        return settings(spec.name())
                .map(PoolSettings::balancerDirectory)
                .orElse(config.balancerDirectory().resolve(spec.name()));
    }

    Optional<PoolSettings> settings(String pool) {
        return config.pools().stream()
                .filter(settings -> settings.name().equals(pool))
                .findFirst();
    }

    /** The pools of the file, and those that were applied. */
    List<Pool> pools() {
        return Stream.concat(ofFile().stream(), applied.pools().stream()).toList();
    }

    private synchronized List<Pool> ofFile() {
        return List.copyOf(pools.values());
    }

    /** Stops the pools of the file, and returns when they have stopped or the time is over. */
    void stopPoolsOfFile(Duration deadline) throws InterruptedException {
        List<Thread> stops = ofFile().stream()
                .map(pool -> Thread.ofVirtual().name("stop of " + pool.name()).start(pool::close))
                .toList();
        Instant until = Instant.now().plus(deadline);
        for (Thread stop : stops) {
            Duration left = Duration.between(Instant.now(), until);
            if (!left.isPositive() || !stop.join(left)) {
                return;
            }
        }
    }

    /** The ids of the workers that have a process, or may have one. */
    Set<String> present() {
        return pools().stream()
                .flatMap(pool -> pool.workers().stream())
                .filter(worker -> worker.state().present())
                .map(WorkerInfo::id)
                .collect(Collectors.toSet());
    }

    /** Whether a worker of the file's pools was given up; the clients of applied pools decide about theirs. */
    boolean anyGivenUp() {
        return ofFile().stream()
                .flatMap(pool -> pool.workers().stream())
                .anyMatch(worker -> worker.state() == WorkerState.FAILED);
    }

    synchronized void runAll() {
        config.pools().forEach(settings -> run(settings.spec()));
    }

    private void run(PoolSpec spec) {
        pools.put(spec.name(), supervisor.orElseThrow().run(spec, ofFile));
    }

    /** Reloads the file for a signal, and logs the result. */
    void reloadAndLog() {
        try {
            readFile();
        } catch (SupervisorException e) {
            log.error("cannot reload '{}', no pool was changed: {}", file, e.getMessage());
        } catch (RuntimeException e) {
            log.error("cannot reload '{}'; this is a defect of the supervisor, please report it", file, e);
        }
    }

    /** Reloads the file, and returns the changes in words. */
    String readFile() {
        String changes = reload(false).stream().map(PoolChange::toString).collect(Collectors.joining("; "));
        String text = changes.isEmpty() ? "no changes" : changes;
        log.info("reloaded '{}': {}", file, text);
        return text;
    }

    /** Reads the file and changes the pools; no pool is changed if the file has a problem. */
    synchronized List<PoolChange> reload(boolean dryRun) {
        SupervisorConfig next = read();
        List<PoolChange> changes = changes(next);
        if (dryRun) {
            return changes;
        }
        if (!next.admin().equals(config.admin()) || !next.controlSocket().equals(config.controlSocket())) {
            log.warn("admin or control has changed, which takes effect at the next start of the supervisor");
        }
        config = next;
        changes.forEach(this::apply);
        return changes;
    }

    private void apply(PoolChange change) {
        Optional<Pool> pool = Optional.ofNullable(pools.get(change.pool()));
        Optional<PoolSpec> spec = settings(change.pool()).map(PoolSettings::spec);
        switch (change.kind()) {
            case ADDED -> spec.ifPresent(this::run);
            case CHANGED -> pool.ifPresent(it -> spec.ifPresent(it::change));
            case REMOVED -> {
                pools.remove(change.pool());
                pool.ifPresent(removed ->
                        Thread.ofVirtual().name("stop of " + change.pool()).start(removed::close));
            }
        }
    }

    /** All diagnostics of a configuration on this machine. */
    static List<Diagnostic> check(SupervisorConfig config) {
        List<Diagnostic> all = new ArrayList<>(BalancerLoader.missing(config));
        all.addAll(ConfigCheck.run(config, ConfigCheck.Host.current()));
        return all;
    }

    private SupervisorConfig read() {
        try {
            SupervisorConfig next = SupervisorConfig.read(file);
            String errors = check(next).stream()
                    .filter(diagnostic -> diagnostic.severity() == Diagnostic.Severity.ERROR)
                    .map(Diagnostic::toString)
                    .collect(Collectors.joining("\n  "));
            if (!errors.isEmpty()) {
                throw new SupervisorException.InvalidSpec("the configuration cannot be used:\n  " + errors);
            }
            return next;
        } catch (ConfigException e) {
            throw new SupervisorException.InvalidSpec(String.valueOf(e.getMessage()));
        }
    }

    private void requireStopped(String name) {
        if (supervisor.stream()
                .flatMap(it -> it.pools().stream())
                .anyMatch(pool -> pool.name().equals(name))) {
            throw new SupervisorException.Refused(
                    "pool '%s' still runs: it was removed and has not stopped yet, or was added at the control socket; reload the file when it has stopped"
                            .formatted(name));
        }
    }

    private List<PoolChange> changes(SupervisorConfig next) {
        List<PoolChange> changes = new ArrayList<>();
        Map<String, PoolSpec> desired = new LinkedHashMap<>();
        next.pools().forEach(settings -> desired.put(settings.name(), settings.spec()));
        pools.forEach((name, pool) -> {
            PoolSpec spec = desired.get(name);
            if (spec == null) {
                changes.add(new PoolChange(name, PoolChange.Kind.REMOVED, List.of()));
            } else {
                SpecChange.requirePossible(pool.spec(), spec);
                List<SpecChange> specChanges = SpecChange.between(pool.spec(), spec);
                if (!specChanges.isEmpty()) {
                    changes.add(new PoolChange(name, PoolChange.Kind.CHANGED, specChanges));
                }
            }
        });
        desired.keySet().stream().filter(name -> !pools.containsKey(name)).forEach(name -> {
            requireStopped(name);
            changes.add(new PoolChange(name, PoolChange.Kind.ADDED, List.of()));
        });
        return changes;
    }
}
