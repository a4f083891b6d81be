package io.livepatch.supervisor;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** How the workers of a pool receive connections. */
public sealed interface Listening {

    /** The ports of the worker with this number. */
    WorkerPorts ports(int worker);

    /** The port of worker 0 if each worker has its own; worker N has this plus N. */
    default OptionalInt firstOwnPort() {
        return OptionalInt.empty();
    }

    /** How long the balancer lets a worker finish its requests before it is stopped; zero without a balancer. */
    default Duration drain() {
        return Duration.ZERO;
    }

    /** The supervisor knows no port of the workers. */
    record Unmanaged() implements Listening {
        @Override
        public WorkerPorts ports(int worker) {
            return WorkerPorts.NONE;
        }
    }

    /**
     * All workers listen at one address with {@code SO_REUSEPORT}, and the kernel spreads new connections over them. The supervisor
     * monitors that each does.
     *
     * @param firstWorkerPort worker N gets this plus N as {@code WORKER_PORT}, for connections to one worker, such as health
     *     checks
     */
    record Shared(InetSocketAddress address, OptionalInt firstWorkerPort) implements Listening {
        public Shared {
            Preconditions.that(address.getPort() > 0, "shared port", address.getPort(), "from 1 to 65535");
            firstWorkerPort.ifPresent(port -> Preconditions.port(port, "first worker port"));
        }

        @Override
        public WorkerPorts ports(int worker) {
            Optional<Integer> own =
                    firstWorkerPort.isPresent() ? Optional.of(firstWorkerPort.getAsInt() + worker) : Optional.empty();
            return new WorkerPorts(Optional.of(address.getPort()), own);
        }

        @Override
        public OptionalInt firstOwnPort() {
            return firstWorkerPort;
        }
    }

    /**
     * Proxy mode: worker N listens on {@code firstPort} plus N, behind a {@link Balancer}.
     *
     * @param entrance the address that the balancer listens at
     * @param strategy the balancer's name of a balancing algorithm
     * @param healthPath the path of the balancer's health checks
     * @param trustedPeers addresses and networks (CIDR) of proxies in front of the balancer, besides 127.0.0.1: their {@code
     *     X-Forwarded-*} headers are passed on, and their connections are not limited
     */
    record Proxied(
            int firstPort,
            InetSocketAddress entrance,
            String strategy,
            String healthPath,
            Duration drain,
            List<String> trustedPeers)
            implements Listening {
        public Proxied(int firstPort, InetSocketAddress entrance, String strategy, String healthPath, Duration drain) {
            this(firstPort, entrance, strategy, healthPath, drain, List.of());
        }

        public Proxied {
            trustedPeers = List.copyOf(trustedPeers);
            Preconditions.port(firstPort, "first port");
            Preconditions.port(entrance.getPort(), "port of the entrance");
            Preconditions.that(healthPath.startsWith("/"), "health path", healthPath, "it must begin with '/'");
            Preconditions.that(!drain.isNegative(), "drain", drain, "it must not be negative");
        }

        @Override
        public WorkerPorts ports(int worker) {
            return new WorkerPorts(Optional.of(firstPort + worker), Optional.empty());
        }

        @Override
        public OptionalInt firstOwnPort() {
            return OptionalInt.of(firstPort);
        }
    }

    /**
     * The ports of one worker, and their placeholders in commands, variables and probes.
     *
     * @param port the worker's {@code PORT}, where it serves
     * @param workerPort its {@code WORKER_PORT}, its own beside a shared port
     */
    record WorkerPorts(Optional<Integer> port, Optional<Integer> workerPort) {

        public static final String PORT = "{port}";
        public static final String WORKER_PORT = "{worker_port}";

        static final WorkerPorts NONE = new WorkerPorts(Optional.empty(), Optional.empty());
        static final WorkerPorts EXAMPLE = new WorkerPorts(Optional.of(8080), Optional.of(9080));

        /** Replaces the placeholders in {@code text}; one without a port stays. */
        public String fill(String text) {
            String with =
                    port.map(number -> text.replace(PORT, number.toString())).orElse(text);
            return workerPort
                    .map(number -> with.replace(WORKER_PORT, number.toString()))
                    .orElse(with);
        }
    }
}
