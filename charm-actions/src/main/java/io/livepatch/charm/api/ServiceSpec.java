package io.livepatch.charm.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to run and how.
 *
 * @param fingerprint digest of what the process reads at its start beyond the other components, such as the content of its
 *     configuration file: a service whose fingerprint changes is given a new process
 * @param user whom to run as, when the substrate runs as root
 * @param parentDeathSignal what the process gets when the substrate dies without stopping it
 * @param live what tells that a single process is frozen; the processes of a crew have theirs in the crew
 * @param workerPool several processes in the place of one
 */
public record ServiceSpec(
        String name,
        List<String> command,
        Map<String, String> environment,
        Path directory,
        Path log,
        Optional<String> user,
        Stop stop,
        String parentDeathSignal,
        Optional<Ready> ready,
        Optional<Live> live,
        Optional<WorkerPool> workerPool,
        String fingerprint) {

    public ServiceSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /**
     * Probes of a single process that has to be killed, with its children, and started anew when it is frozen. They are made one
     * after the other, every second and within {@code timeout}. Only silence counts: an error or a refused connection is an
     * answer, for which a process that has no sibling is not taken away. After {@code failures} looks in a row without an answer
     * it is killed, so at the latest {@code 1 s + failures × (timeout + 0.1 s)} after it froze.
     *
     * @param probes at least one
     * @param timeout for all of them together
     * @param failures at least 1
     */
    public record Live(List<Probe> probes, Duration timeout, int failures) {
        /** Together with three failures less than 8 s, and far more than a busy process needs for one answer. */
        public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

        public static final int DEFAULT_FAILURES = 3;

        public Live {
            probes = List.copyOf(probes);
        }

        /** Three looks of 2 s. */
        public static Live of(Probe... probes) {
            return new Live(List.of(probes), DEFAULT_TIMEOUT, DEFAULT_FAILURES);
        }

        /**
         * One thing that a process answers unless it is frozen.
         *
         * @param socket a unix socket
         * @param command a line for it, which is answered with at least one byte
         */
        public record Probe(Path socket, String command) {}
    }

    /** The signal that asks it to end, and how long it may take before it is killed. */
    public record Stop(String signal, Duration timeout) {}

    /** What says that it does its work, beyond being there. */
    public sealed interface Ready {
        /** Answers 200. */
        record Http(String url) implements Ready {}

        /** Ends with 0. */
        record Command(List<String> command) implements Ready {
            public Command {
                command = List.copyOf(command);
            }
        }
    }

    /** The command alone: an environment may hold secrets. */
    @Override
    public String toString() {
        return name + " " + command;
    }

    /**
     * Several processes of one service. They are replaced one by one, the next being ready before one ends, so that no request
     * fails. In a spec with a crew {@code {port}} and {@code {worker_port}} stand for the ports of each one; the process itself finds
     * them in {@code PORT} and {@code WORKER_PORT}.
     *
     * @param count how many
     * @param entrance how they come by their requests
     * @param address where the service is reached
     * @param port where the service is reached
     * @param firstPort process N has this plus N for itself; one more than {@code count} are in use while one is replaced
     * @param live what each must go on passing; one that does not is replaced
     */
    public record WorkerPool(
            int count, Entrance entrance, String address, int port, int firstPort, ServiceSpec.Ready live) {

        /** How requests find a process. */
        public sealed interface Entrance {
            /** All listen at {@code port}, and the kernel spreads connections; {@code {worker_port}} is each one's own. */
            record SharedPort() implements Entrance {}

            /**
             * A proxy listens at {@code port} and knows who is ready; each process listens at {@code {port}}, its own.
             *
             * @param healthPath what the proxy asks each for
             * @param drain how long one that leaves may finish what it has before it is told to end
             * @param trustedPeers addresses and networks in CIDR notation of the proxies in front of it, besides 127.0.0.1; what they
             *     say about their clients is passed on
             */
            record Proxy(String healthPath, Duration drain, List<String> trustedPeers) implements Entrance {
                public Proxy {
                    trustedPeers = List.copyOf(trustedPeers);
                }
            }
        }
    }
}
