package io.livepatch.supervisor;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The configuration of a pool: {@code PoolSpec.of(name, command).replicas(3).stop(…).build()}.
 *
 * @param name unique within a supervisor
 * @param command the program, a path or looked up in the worker's {@code PATH}, and its arguments, which may contain the
 *     placeholders of {@link Listening.WorkerPorts}
 * @param startSpacing between the first starts of two workers
 * @param ready makes a running worker {@link WorkerState#READY}; without it, every running worker is ready
 * @param live a worker that stops passing is replaced; one that never passes is restarted, which counts as a crash
 * @param reservesPort whether the port where clients connect is kept for the user who listens there, as long as the pool exists. All
 *     who listen must set {@code SO_REUSEPORT}
 * @param reservedPorts other ports that are kept in the same way for the user of the workers
 */
public record PoolSpec(
        String name,
        List<String> command,
        int replicas,
        Duration startSpacing,
        ProcessEnvironment surroundings,
        Optional<LogSpec> log,
        StopPolicy stop,
        RestartPolicy restart,
        Optional<HealthCheck> ready,
        Optional<HealthCheck> live,
        Limits limits,
        ReplacementPolicy recycling,
        Listening listening,
        boolean reservesPort,
        Set<InetSocketAddress> reservedPorts) {

    public static final int MAX_REPLICAS = 1000;

    /** For the kernel to end a killed process, the balancer to answer, and threads to be scheduled. */
    private static final Duration STOP_SLACK = Duration.ofSeconds(20);

    private static final Predicate<String> NAME =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,63}").asMatchPredicate();

    public PoolSpec {
        command = List.copyOf(command);
        // Absent in the message of a client of an earlier build.
        reservedPorts = reservedPorts == null ? Set.of() : Set.copyOf(reservedPorts);
        Preconditions.that(NAME.test(name), "pool name", name, "letters, digits and '._/-', at most 64");
        Preconditions.that(!command.isEmpty() && !command.getFirst().isBlank(), "command", command, "name a program");
        Preconditions.that(
                command.stream().noneMatch(Preconditions::holdsNul), "command", name, "no argument may hold a NUL");
        Preconditions.that(
                replicas >= 0 && replicas <= MAX_REPLICAS, "number of replicas", replicas, "from 0 to " + MAX_REPLICAS);
        Preconditions.that(!startSpacing.isNegative(), "spacing of starts", startSpacing, "it must not be negative");
        if (listening.firstOwnPort().isPresent()) {
            int last = listening.firstOwnPort().getAsInt() + replicas + recycling.surge() - 1;
            Preconditions.that(last <= 65535, "last port of pool " + name, last, "there are none beyond 65535");
        }
        Preconditions.that(
                limits.requests().isEmpty()
                        || limits.requestCount().isPresent()
                        || listening instanceof Listening.Proxied,
                "limit of requests",
                limits.requests(),
                "say where they are counted, or use proxy mode");
    }

    /** One worker in {@code /}, killed with its parent, with default settings. */
    public static Builder of(String name, List<String> command) {
        return new Builder(name, command);
    }

    /** A builder with the values of this spec. */
    public Builder but() {
        return new Builder(this);
    }

    /** The largest number of workers at once, including replacements; worker numbers are below it. */
    public int maxWorkers() {
        return replicas + recycling.surge();
    }

    /** The longest duration of a stop: drain, stop timeout and slack. */
    public Duration longestStop() {
        return listening.drain().plus(stop.timeout()).plus(STOP_SLACK);
    }

    /** Without limits and log settings, whose URLs may hold credentials. */
    @Override
    public String toString() {
        return "PoolSpec[%s x%d: %s, %s, %s, %s, ready %s, live %s, %s, %s]"
                .formatted(
                        name,
                        replicas,
                        command,
                        surroundings,
                        stop,
                        restart,
                        ready.map(HealthCheck::toString).orElse("unchecked"),
                        live.map(HealthCheck::toString).orElse("unchecked"),
                        recycling,
                        listening);
    }

    /** Not thread-safe. */
    public static final class Builder {

        private final String name;
        private List<String> command;
        private int replicas = 1;
        private Duration startSpacing = Duration.ZERO;
        private ProcessEnvironment processEnvironment = ProcessEnvironment.PLAIN;
        private Optional<LogSpec> log = Optional.empty();
        private StopPolicy stop = StopPolicy.DEFAULT;
        private RestartPolicy restart = RestartPolicy.DEFAULT;
        private Optional<HealthCheck> ready = Optional.empty();
        private Optional<HealthCheck> live = Optional.empty();
        private Limits limits = Limits.NONE;
        private ReplacementPolicy replacementPolicy = ReplacementPolicy.DEFAULT;
        private Listening listening = new Listening.Unmanaged();
        private boolean reservesPort;
        private Set<InetSocketAddress> reservedPorts = Set.of();

        Builder(String name, List<String> command) {
            this.name = name;
            this.command = command;
        }

        Builder(PoolSpec from) {
            this(from.name(), from.command());
            replicas = from.replicas();
            startSpacing = from.startSpacing();
            processEnvironment = from.surroundings();
            log = from.log();
            stop = from.stop();
            restart = from.restart();
            ready = from.ready();
            live = from.live();
            limits = from.limits();
            replacementPolicy = from.recycling();
            listening = from.listening();
            reservesPort = from.reservesPort();
            reservedPorts = from.reservedPorts();
        }

        public Builder command(List<String> to) {
            command = to;
            return this;
        }

        public Builder replicas(int to) {
            replicas = to;
            return this;
        }

        public Builder startSpacing(Duration to) {
            startSpacing = to;
            return this;
        }

        public Builder surroundings(ProcessEnvironment to) {
            processEnvironment = to;
            return this;
        }

        /** Replaces the variables of the process environment. */
        public Builder environment(Map<String, String> to) {
            return surroundings(processEnvironment.withEnvironment(to));
        }

        /** Logs to files of the default size. */
        public Builder log(Path file) {
            return log(LogSpec.of(file));
        }

        public Builder log(LogSpec to) {
            log = Optional.of(to);
            return this;
        }

        public Builder stop(String signal, Duration timeout) {
            stop = new StopPolicy(signal, timeout);
            return this;
        }

        public Builder restart(RestartPolicy to) {
            restart = to;
            return this;
        }

        public Builder ready(HealthCheck to) {
            ready = Optional.of(to);
            return this;
        }

        public Builder live(HealthCheck to) {
            live = Optional.of(to);
            return this;
        }

        public Builder limits(Limits to) {
            limits = to;
            return this;
        }

        public Builder recycling(ReplacementPolicy to) {
            replacementPolicy = to;
            return this;
        }

        public Builder listening(Listening to) {
            listening = to;
            return this;
        }

        public Builder reservesPort(boolean to) {
            reservesPort = to;
            return this;
        }

        public Builder reservedPorts(Set<InetSocketAddress> to) {
            reservedPorts = to;
            return this;
        }

        /** Throws {@link SupervisorException.InvalidSpec} if a value is invalid. */
        public PoolSpec build() {
            return new PoolSpec(
                    name,
                    command,
                    replicas,
                    startSpacing,
                    processEnvironment,
                    log,
                    stop,
                    restart,
                    ready,
                    live,
                    limits,
                    replacementPolicy,
                    listening,
                    reservesPort,
                    reservedPorts);
        }
    }

    /**
     * How a worker is stopped.
     *
     * @param signal sent to its process group, without {@code SIG}
     * @param timeout until the process group is killed
     */
    public record StopPolicy(String signal, Duration timeout) {

        public static final StopPolicy DEFAULT = new StopPolicy("TERM", Duration.ofSeconds(10));

        public StopPolicy {
            Preconditions.signal(signal, "stop signal");
            Preconditions.positive(timeout, "stop timeout");
        }
    }
}
