package io.livepatch.charm.balancer;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.common.file.FileTrees;
import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.LoadBalancer.Sandbox;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.runtime.ApplyResult;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.HealthCheck;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ReplacementPolicy;
import io.livepatch.supervisor.RestartPolicy;
import io.livepatch.supervisor.SupervisorException;
import io.livepatch.supervisor.WorkerState;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One haproxy in front of one pool. */
final class HaproxyBalancer implements Balancer {
    private final BackendMembers members;
    private final CommandQueue queue;
    private final HaproxyProcess process;
    private final ProxyFiles files;

    private HaproxyBalancer(BackendMembers members, CommandQueue queue, HaproxyProcess process, ProxyFiles files) {
        this.members = members;
        this.queue = queue;
        this.process = process;
        this.files = files;
    }

    /** A balancer whose haproxy is being started and has no server yet. */
    static Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory, Path binary) {
        ProxyFiles files = ProxyFiles.in(directory);
        try {
            PoolProxyConfig config = PoolProxyConfig.of(pool.name(), mode, files.paths(), files.sandbox());
            Haproxy haproxy = new Haproxy(binary, files.configuration(), files.masterSocket());
            writeInitialConfiguration(pool, haproxy, config, files.configuration());
            BackendMembers members = new BackendMembers(config, haproxy, InstantSource.system());
            CommandQueue queue = new CommandQueue(pool.name(), members);
            HaproxyProcess process = HaproxyProcess.start(
                    haproxy,
                    files.masterSocket(),
                    files.log(),
                    () -> queue.submit(new CompletableFuture<>(), members::markOutOfDate));
            return new HaproxyBalancer(members, queue, process, files);
        } catch (RuntimeException e) {
            files.close();
            throw e;
        }
    }

    /** Replaces the configuration of an earlier run, which names workers that have ended and ports that may be in use now. */
    private static void writeInitialConfiguration(
            PoolSpec pool, Haproxy haproxy, PoolProxyConfig config, Path configuration) {
        try {
            Files.deleteIfExists(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete '" + configuration + "': " + e.getMessage(), e);
        }
        if (haproxy.apply(config.with(List.of())) instanceof ApplyResult.Refused(List<String> problems)) {
            throw new SupervisorException.Refused("haproxy refused the configuration for pool '%s': %s"
                    .formatted(pool.name(), String.join("; ", problems)));
        }
    }

    @Override
    public CompletionStage<Void> enter(Target worker) {
        CompletableFuture<Void> entered = new CompletableFuture<>();
        queue.submit(entered, () -> members.enter(worker, entered));
        return entered;
    }

    @Override
    public CompletionStage<Departure> leave(Target worker, Duration timeout) {
        CompletableFuture<Departure> left = new CompletableFuture<>();
        queue.submit(left, () -> members.leave(worker, timeout, left));
        return left;
    }

    @Override
    public void remove(Target worker) {
        queue.submit(new CompletableFuture<>(), () -> members.remove(worker));
    }

    @Override
    public CompletionStage<List<Long>> requests(List<Target> workers) {
        CompletableFuture<List<Long>> answer = new CompletableFuture<>();
        queue.submit(answer, () -> answer.complete(members.requests(workers)));
        return answer;
    }

    @Override
    public void close() {
        queue.close();
        process.close();
        files.close();
    }

    /**
     * The running haproxy of one pool. It is started again when it ends or freezes, the master as well as the worker process, and
     * it ends with this JVM. It has a supervisor of its own, because the supervisor of the pool stops all its pools at once, and
     * haproxy must end last.
     */
    static final class HaproxyProcess implements AutoCloseable {
        /** After SIGUSR1 haproxy accepts no connections; requests in flight may end within this time. */
        private static final Duration STOP = Duration.ofSeconds(10);

        /** While haproxy is down every request to the pool fails, so it is started again within 50 ms to 2 s. */
        private static final RestartPolicy RESTART = new RestartPolicy(
                Duration.ofMillis(50), Duration.ofSeconds(2), 0, Duration.ofSeconds(10), OptionalInt.empty());

        private final Supervisor supervisor;

        private HaproxyProcess(Supervisor supervisor) {
            this.supervisor = supervisor;
        }

        /**
         * Starts it.
         *
         * @param onStart called on another thread each time that a process was started
         */
        static HaproxyProcess start(Haproxy haproxy, Path masterSocket, Path log, Runnable onStart) {
            PoolSpec spec = PoolSpec.of("haproxy", haproxy.command())
                    .log(log)
                    .stop("USR1", STOP)
                    .restart(RESTART)
                    .live(HealthCheck.patient(new Probe.Responsive(List.of(
                            new Probe.Socket(masterSocket, "show proc"),
                            new Probe.Socket(masterSocket, "@1 show version")))))
                    .recycling(ReplacementPolicy.IN_PLACE)
                    .build();
            Supervisor supervisor = Supervisor.start();
            supervisor.run(spec, (_, event) -> {
                if (event instanceof PoolEvent.Changed(var worker, var _) && worker.state() == WorkerState.READY) {
                    onStart.run();
                }
            });
            return new HaproxyProcess(supervisor);
        }

        /** Ends it gracefully, then by force. */
        @Override
        public void close() {
            supervisor.close();
        }
    }

    /**
     * The files of one haproxy. The path of a Unix-domain socket may have 107 bytes; if the pool's directory is longer, the sockets
     * are in a temporary private directory, which {@link #close} deletes.
     */
    record ProxyFiles(Path directory, Paths paths, boolean socketsElsewhere) implements AutoCloseable {
        private static final String PRIVATE = "rwx------";

        static ProxyFiles in(Path directory) {
            PrivateFile.directory(directory, PRIVATE);
            Path run = directory.resolve("run");
            try {
                Paths paths = new Paths(run);
                PrivateFile.directory(run, PRIVATE);
                return new ProxyFiles(directory, paths, false);
            } catch (InvalidModelException e) {
                return new ProxyFiles(directory, new Paths(shortDirectory()), true);
            }
        }

        private static Path shortDirectory() {
            Path base = Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR"))
                    .map(Path::of)
                    .filter(Files::isWritable)
                    .orElse(Path.of("/tmp"));
            try {
                return Files.createTempDirectory(
                        base,
                        "balancer",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "cannot make a directory for haproxy's sockets in '" + base + "': " + e.getMessage(), e);
            }
        }

        Path configuration() {
            return directory.resolve("haproxy.cfg");
        }

        /** Empty unless this JVM is root's: only root can confine haproxy's workers. */
        Optional<Sandbox> sandbox() {
            return ExternalProgram.isRoot()
                    ? Optional.of(Sandbox.in(paths.runtimeDirectory().resolve("empty")))
                    : Optional.empty();
        }

        Path log() {
            return directory.resolve("haproxy.log");
        }

        /** No longer than the worker's own socket, whose length {@link Paths} has checked. */
        Path masterSocket() {
            return paths.runtimeDirectory().resolve("main.sock");
        }

        @Override
        public void close() {
            if (socketsElsewhere) {
                FileTrees.delete(paths.runtimeDirectory());
            }
        }
    }
}
