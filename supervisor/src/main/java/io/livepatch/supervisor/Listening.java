package io.livepatch.supervisor;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** How the workers of a pool come by their connections. */
public sealed interface Listening {

    /** The ports of a worker; numbers are its own for as long as it lives. */
    WorkerPorts ports(int worker);

    /** The ports that {@code workers} workers take, beside those that all share; from here on, one each. */
    OptionalInt firstOwnPort();

    /** Their own business: the supervisor knows of no port. */
    record Unmanaged() implements Listening {
        @Override
        public WorkerPorts ports(int worker) {
            return WorkerPorts.NONE;
        }

        @Override
        public OptionalInt firstOwnPort() {
            return OptionalInt.empty();
        }
    }

    /**
     * Supervisor mode: all listen at one address with {@code SO_REUSEPORT}, and the kernel spreads new connections over them.
     * The supervisor looks whether each really does.
     *
     * @param firstWorkerPort worker N gets this plus N as {@code WORKER_PORT}, for what must reach one worker alone, such as a
     *     health check
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
     * Proxy mode: worker N listens on {@code firstPort} plus N, and a {@link Balancer} in front of them knows who takes
     * traffic.
     *
     * @param entrance where the balancer listens
     * @param strategy how it spreads requests, in the balancer's own words
     * @param healthPath what it asks each worker for
     * @param drain how long a worker that leaves may finish what it has before it is told to end
     * @param trustedPeers addresses and networks in CIDR notation of proxies in front of the balancer, besides 127.0.0.1: what they
     *     say about their clients in {@code X-Forwarded-*} is passed on, and they may have any number of connections
     */
    record Proxied(
            int firstPort,
            InetSocketAddress entrance,
            String strategy,
            String healthPath,
            Duration drain,
            List<String> trustedPeers)
            implements Listening {
        /** Trusts 127.0.0.1 alone. */
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
     * The ports of one worker, and the texts that name them.
     *
     * @param port where it serves; it finds it in {@code PORT}
     * @param workerPort one that no other worker of a pool with a shared port has; it finds it in {@code WORKER_PORT}
     */
    record WorkerPorts(Optional<Integer> port, Optional<Integer> workerPort) {

        public static final String PORT = "{port}";
        public static final String WORKER_PORT = "{worker_port}";

        static final WorkerPorts NONE = new WorkerPorts(Optional.empty(), Optional.empty());
        static final WorkerPorts EXAMPLE = new WorkerPorts(Optional.of(8080), Optional.of(9080));

        /** {@code text} with the ports in the place of their names; a name without a port stays. */
        public String fill(String text) {
            String with =
                    port.map(number -> text.replace(PORT, number.toString())).orElse(text);
            return workerPort
                    .map(number -> with.replace(WORKER_PORT, number.toString()))
                    .orElse(with);
        }
    }
}
