package io.livepatch.supervisor.cli;

import io.livepatch.common.cli.Signals;
import io.livepatch.common.cli.Version;
import io.livepatch.common.http.AdminEndpoint;
import io.livepatch.supervisor.Pool;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.admin.AdminOperations;
import io.livepatch.supervisor.admin.AdminServer;
import io.livepatch.supervisor.admin.EventHistory;
import io.livepatch.supervisor.cli.SupervisorCommand.ExitCode;
import io.livepatch.supervisor.config.Diagnostic;
import io.livepatch.supervisor.config.SupervisorConfig;
import io.livepatch.supervisor.control.ControlServer;
import io.livepatch.supervisor.engine.Supervisor;
import io.livepatch.supervisor.metrics.SupervisorMetrics;
import io.livepatch.supervisor.output.AsyncLineWriter;
import io.livepatch.supervisor.output.OutputFactory;
import io.livepatch.supervisor.output.OutputLimits;
import io.livepatch.supervisor.process.ProcfsUsageReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assembles and runs the supervisor. The admin endpoint serves from before the first worker starts until after the last one has
 * stopped. The line writers are closed last, since everything else writes to them.
 */
final class SupervisorProgram {

    private static final Logger log = LoggerFactory.getLogger(SupervisorProgram.class);

    /** How long the last events may take to arrive; only an overloaded machine needs longer. */
    private static final Duration EVENT_TIMEOUT = Duration.ofSeconds(5);

    private SupervisorProgram() {}

    /** Runs until {@code shutdown}; returns an {@link ExitCode}. */
    static int run(Path file, SupervisorConfig config, List<Diagnostic> diagnostics, ShutdownRequest shutdown) {
        InstantSource clock = InstantSource.system();
        PrintStream stderr = System.err;
        try (AsyncLineWriter out = AsyncLineWriter.standardOutput(clock);
                AsyncLineWriter err = AsyncLineWriter.standardError(clock)) {
            out.start();
            err.start();
            // A blocked standard error must not block the threads that log.
            System.setErr(new PrintStream(err.stream(), true, StandardCharsets.UTF_8));
            diagnostics.forEach(diagnostic -> log.warn("{}: {}", diagnostic.key(), diagnostic.what()));
            return run(file, config, new OutputFactory(out, err, OutputLimits.DEFAULT, clock), clock, shutdown);
        } finally {
            System.setErr(stderr);
        }
    }

    private static int run(
            Path file, SupervisorConfig config, OutputFactory outputs, InstantSource clock, ShutdownRequest shutdown) {
        PoolRegistry registry = new PoolRegistry(file, config);
        Supervisor supervisor = Supervisor.start(
                outputs, new Supervisor.Proxies(BalancerLoader.provider(), registry::balancerDirectory));
        ShutdownSummary summary = new ShutdownSummary(clock);
        EventHistory history = new EventHistory(clock);
        PortSharingMonitor ports = new PortSharingMonitor(registry::pools);
        SupervisorMetrics metrics = metrics(registry, outputs, ports, shutdown);
        DaemonOperations operations = new DaemonOperations(registry, metrics, shutdown);
        try (ControlServer control = control(config, operations);
                AdminEndpoint admin = admin(
                        config, new SupervisorAdminOperations(registry, outputs, ports, metrics, history, shutdown))) {
            List<PoolEvent.Listener> ofFile = new ArrayList<>(List.of(new GiveUpPolicy(registry, shutdown)));
            if (control != null) {
                ofFile.add(control.listener());
            }
            registry.open(supervisor, List.of(metrics, history, summary), ofFile);
            if (admin != null) {
                log.info(
                        "admin endpoint at http://{}:{}",
                        admin.address().getAddress().getHostAddress(),
                        admin.address().getPort());
            }
            supervisor.remarks().forEach(log::warn);
            shutdown.onSecondSignal(supervisor::forceStop);
            Signals.onReload(() -> Thread.ofVirtual().name("reload").start(registry::reloadAndLog));
            if (!shutdown.requested()) {
                registry.runAll();
            }
            ports.start();
            shutdown.await();
            ports.close();
            return shutDown(supervisor, registry, summary, shutdown);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            supervisor.close(Duration.ZERO);
            return ExitCode.INTERNAL_ERROR;
        } catch (RuntimeException e) {
            supervisor.close();
            throw e;
        }
    }

    private static @Nullable ControlServer control(SupervisorConfig config, DaemonOperations operations) {
        return config.controlSocket()
                .map(socket -> ControlServer.start(socket, operations.registry().applied(), operations))
                .orElse(null);
    }

    private static @Nullable AdminEndpoint admin(SupervisorConfig config, AdminOperations operations) {
        return config.admin().enabled()
                ? AdminServer.start(SupervisorAdminOperations.settings(config.admin()), operations)
                : null;
    }

    /** The operations of the control socket. */
    private record DaemonOperations(PoolRegistry registry, SupervisorMetrics collected, ShutdownRequest request)
            implements ControlServer.Daemon {
        @Override
        public List<Pool> pools() {
            return registry.pools();
        }

        @Override
        public String readFile() {
            return registry.readFile();
        }

        @Override
        public String metrics() {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            try {
                collected.write(null, text);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the metrics", e);
            }
            return text.toString(StandardCharsets.UTF_8);
        }

        @Override
        public void shutdown(String reason) {
            request.request(reason);
        }

        @Override
        public boolean shuttingDown() {
            return request.requested();
        }
    }

    private static SupervisorMetrics metrics(
            PoolRegistry registry, OutputFactory outputs, PortSharingMonitor ports, ShutdownRequest shutdown) {
        ProcfsUsageReader usage = ProcfsUsageReader.create();
        SupervisorMetrics.Sources sources = new SupervisorMetrics.Sources(
                registry::pools,
                usage::processUsage,
                outputs::counts,
                ports::imbalance,
                status -> status.outOfMemory().isPresent(),
                shutdown::signalReceived,
                shutdown::requested);
        return SupervisorMetrics.of(sources, Version.current());
    }

    private static int shutDown(
            Supervisor supervisor, PoolRegistry registry, ShutdownSummary summary, ShutdownRequest shutdown)
            throws InterruptedException {
        boolean givenUp = registry.anyGivenUp();
        Duration deadline = registry.config().shutdownDeadline();
        boolean controlled = registry.config().controlSocket().isPresent();
        log.info(
                "shutting down ({}): {}, within {} s",
                shutdown.reason().orElse(""),
                controlled ? "the pools of the file, then the others" : "all pools at once",
                deadline.toSeconds());
        summary.begin();
        Set<String> present = registry.present();
        Instant until = Instant.now().plus(deadline);
        if (controlled) {
            // A program of the file that has applied pools can stop them in its own order first.
            registry.applied().close();
            registry.stopPoolsOfFile(deadline);
        }
        Duration left = Duration.between(Instant.now(), until);
        supervisor.close(left.isNegative() ? Duration.ZERO : left);
        summary.await(present, EVENT_TIMEOUT);
        log.info("shutdown complete: {}", summary.summary());
        if (givenUp) {
            return ExitCode.GIVEN_UP;
        }
        return summary.killed() > 0 ? ExitCode.KILLED : ExitCode.OK;
    }

    /** Shuts the supervisor down, as {@code exit_on_give_up} says, when workers are given up. */
    private record GiveUpPolicy(PoolRegistry registry, ShutdownRequest shutdown) implements PoolEvent.Listener {

        @Override
        public void onEvent(String pool, PoolEvent event) {
            if (!(event instanceof PoolEvent.GaveUp gaveUp)) {
                return;
            }
            String worker = gaveUp.worker().id();
            switch (registry.config().exitOnGiveUp()) {
                case NEVER -> {}
                case ANY -> shutdown.request("worker '%s' was given up, and exit_on_give_up is any".formatted(worker));
                case ALL -> {
                    if (registry.pools().stream()
                            .filter(it -> it.name().equals(pool))
                            .anyMatch(GiveUpPolicy::allFailed)) {
                        shutdown.request(
                                "every worker of pool '%s' was given up, and exit_on_give_up is all".formatted(pool));
                    }
                }
            }
        }

        private static boolean allFailed(Pool pool) {
            return pool.workers().stream().allMatch(worker -> worker.state() == WorkerState.FAILED);
        }
    }
}
