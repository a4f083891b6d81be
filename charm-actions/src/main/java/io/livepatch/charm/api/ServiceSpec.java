package io.livepatch.charm.api;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A long-running process, or a pool of them, and how to run it: {@code ServiceSpec.of(name, directory, command).…build()}. A plain
 * value, which can be sent to the program that runs the processes.
 *
 * <p>A service that runs is changed to another spec without an interruption where that is possible:
 *
 * <ul>
 *   <li>What a process gets at its start needs another process: {@code command}, {@code environment}, {@code directory}, {@code
 *       log}, {@code user}, {@code parentDeathSignal}, {@code fingerprint}, the ports of a pool, and the limits of the kernel. A
 *       pool's workers are replaced one by one, each by a ready one; a single process is stopped, then started.
 *   <li>What is done with a process holds from now on, and all processes stay: {@code restart}, {@code ready}, {@code live}, {@code
 *       stop}, {@code reservedPorts} and {@link Limits#memory}.
 *   <li>A new {@link Reload#fingerprint} alone is signalled to the processes, which stay.
 *   <li>Another number of workers starts or drains the difference.
 *   <li>A single process that becomes a pool or the reverse, and another or changed {@link WorkerPool.Entrance.Proxy}, stop the
 *       service before it is started again.
 * </ul>
 *
 * @param directory the working directory
 * @param user the user to run as, if the substrate runs as root
 * @param parentDeathSignal the signal that the process gets if the substrate dies without stopping it
 * @param ready without it a process is ready as soon as it runs
 * @param live a process that stops passing is replaced, and one that never passes is started again
 * @param workerPool several processes instead of one
 * @param reservedPorts where the process listens with {@code SO_REUSEPORT}: no other user can listen there while the service exists,
 *     also while the process does not run. That of a pool is reserved without it
 * @param fingerprint digest of inputs that the process reads only at its start, such as its configuration file
 * @param reload the inputs that the process reads again on a signal
 */
public record ServiceSpec(
        String name,
        List<String> command,
        Map<String, String> environment,
        Path directory,
        Path log,
        Optional<String> user,
        String parentDeathSignal,
        Stop stop,
        Restart restart,
        Optional<ServiceCheck> ready,
        Optional<ServiceCheck> live,
        Limits limits,
        Optional<WorkerPool> workerPool,
        Set<InetSocketAddress> reservedPorts,
        String fingerprint,
        Optional<Reload> reload) {

    public ServiceSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        reservedPorts = Set.copyOf(reservedPorts);
        if (reload.isPresent() && ready.isEmpty()) {
            throw new IllegalArgumentException(
                    "service '" + name
                            + "' is reloaded by a signal, and needs a readiness check, which tells when its process handles signals");
        }
    }

    /** A single process without checks, which logs to {@code log/<name>.log} in its directory and always runs again after it ended. */
    public static Builder of(String name, Path directory, List<String> command) {
        return new Builder(name, directory, command);
    }

    /** The stop signal, and the time before SIGKILL. */
    public record Stop(String signal, Duration timeout) {
        public static final Stop DEFAULT = new Stop("TERM", Duration.ofSeconds(10));
    }

    /**
     * Which processes that ended by themselves are started again, and when. A service that stays down is in {@link
     * ServiceState.Phase#ENDED} until it is restarted.
     *
     * @param firstDelay the shortest pause before a start
     * @param maxDelay the longest pause; in between it is random below a ceiling that doubles with each end
     */
    public record Restart(When when, Duration firstDelay, Duration maxDelay) {
        public static final Duration DEFAULT_FIRST_DELAY = Duration.ofMillis(200);
        public static final Duration DEFAULT_MAX_DELAY = Duration.ofSeconds(30);

        /** After which ends. */
        public enum When {
            ALWAYS,
            /** After every end but exit code 0. */
            ON_FAILURE,
            /** The charm decides. */
            NEVER
        }

        public static Restart always() {
            return new Restart(When.ALWAYS, DEFAULT_FIRST_DELAY, DEFAULT_MAX_DELAY);
        }

        public static Restart never() {
            return new Restart(When.NEVER, DEFAULT_FIRST_DELAY, DEFAULT_MAX_DELAY);
        }
    }

    /**
     * Limits of a process together with its children.
     *
     * @param memory resident bytes beyond which it is replaced
     * @param hardMemory bytes at which the kernel kills it, where the substrate can make a cgroup
     * @param openFiles the kernel's limit of each process ({@code RLIMIT_NOFILE})
     */
    public record Limits(OptionalLong memory, OptionalLong hardMemory, OptionalInt openFiles) {
        public static final Limits NONE = new Limits(OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty());
    }

    /**
     * Inputs that a running process reads again when it gets a signal, such as a configuration file or a certificate. Each process
     * gets the signal itself, without its children. One that is not ready yet gets it once it is; one that is started later has read
     * the new inputs.
     *
     * @param signal without {@code SIG}, such as {@code HUP}; the process must handle it from the time when it is ready
     * @param fingerprint digest of these inputs
     */
    public record Reload(String signal, String fingerprint) {}

    /** The command alone: an environment may hold secrets. */
    @Override
    public String toString() {
        return name + " " + command;
    }

    /**
     * Several worker processes of one service. They are replaced one by one; a replacement is ready before the old worker stops, so
     * no request fails. In a spec with a pool {@code {port}} and {@code {worker_port}} stand for the ports of each worker, which
     * also gets them as {@code PORT} and {@code WORKER_PORT}. No other user can listen on {@code port} while the service exists,
     * also while no worker runs.
     *
     * @param count how many
     * @param entrance how requests reach the workers
     * @param address of the service
     * @param port of the service
     * @param firstPort worker N has the port {@code firstPort + N}; during a replacement one more than {@code count} are in use
     */
    public record WorkerPool(int count, Entrance entrance, String address, int port, int firstPort) {

        /** How requests reach a worker. */
        public sealed interface Entrance {
            /**
             * All workers listen on {@code port}, and the kernel distributes connections; {@code {worker_port}} is each worker's
             * own.
             */
            record SharedPort() implements Entrance {}

            /**
             * A proxy listens on {@code port} and distributes requests over ready workers; each worker listens on its own
             * {@code {port}}.
             *
             * @param healthPath the path of the proxy's health check
             * @param drain how long a worker that is removed may finish its requests before it is stopped
             * @param trustedPeers addresses and networks in CIDR notation of the proxies in front of it, besides 127.0.0.1;
             *     their headers about clients are forwarded
             */
            record Proxy(String healthPath, Duration drain, List<String> trustedPeers) implements Entrance {
                public Proxy {
                    trustedPeers = List.copyOf(trustedPeers);
                }
            }
        }
    }

    /** Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final List<String> command;
        private final Path directory;
        private Map<String, String> environment = Map.of();
        private Path log;
        private Optional<String> user = Optional.empty();
        private String parentDeathSignal = "KILL";
        private Stop stop = Stop.DEFAULT;
        private Restart restart = Restart.always();
        private Optional<ServiceCheck> ready = Optional.empty();
        private Optional<ServiceCheck> live = Optional.empty();
        private Limits limits = Limits.NONE;
        private Optional<WorkerPool> workerPool = Optional.empty();
        private Set<InetSocketAddress> reservedPorts = Set.of();
        private String fingerprint = "";
        private Optional<Reload> reload = Optional.empty();

        private Builder(String name, Path directory, List<String> command) {
            this.name = name;
            this.directory = directory;
            this.command = command;
            this.log = directory.resolve("log").resolve(name + ".log");
        }

        public Builder environment(Map<String, String> to) {
            environment = to;
            return this;
        }

        public Builder log(Path to) {
            log = to;
            return this;
        }

        /** Empty for the user of the substrate. */
        public Builder user(Optional<String> to) {
            user = to;
            return this;
        }

        /** Kills without it. */
        public Builder parentDeathSignal(String to) {
            parentDeathSignal = to;
            return this;
        }

        public Builder stop(String signal, Duration timeout) {
            stop = new Stop(signal, timeout);
            return this;
        }

        public Builder restart(Restart to) {
            restart = to;
            return this;
        }

        public Builder ready(ServiceCheck to) {
            ready = Optional.of(to);
            return this;
        }

        public Builder live(ServiceCheck to) {
            live = Optional.of(to);
            return this;
        }

        public Builder limits(Limits to) {
            limits = to;
            return this;
        }

        public Builder workerPool(WorkerPool to) {
            workerPool = Optional.of(to);
            return this;
        }

        public Builder reservedPorts(Set<InetSocketAddress> to) {
            reservedPorts = to;
            return this;
        }

        public Builder fingerprint(String to) {
            fingerprint = to;
            return this;
        }

        public Builder reload(Reload to) {
            reload = Optional.of(to);
            return this;
        }

        public ServiceSpec build() {
            return new ServiceSpec(
                    name,
                    command,
                    environment,
                    directory,
                    log,
                    user,
                    parentDeathSignal,
                    stop,
                    restart,
                    ready,
                    live,
                    limits,
                    workerPool,
                    reservedPorts,
                    fingerprint,
                    reload);
        }
    }
}
