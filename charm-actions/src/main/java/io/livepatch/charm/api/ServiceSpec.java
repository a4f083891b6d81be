package io.livepatch.charm.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A long-running process, or a pool of them, and how to run it.
 *
 * @param fingerprint digest of inputs that the process reads at its start beside the other components, such as its
 *     configuration file: a changed fingerprint replaces the process
 * @param user the user to run as, if the substrate runs as root
 * @param parentDeathSignal the signal that the process gets if the substrate dies without stopping it
 * @param live detects that a single process is frozen; the workers of a pool have their own probe
 * @param workerPool several processes instead of one
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
     * Probes that detect a frozen single process, which is then killed with its children and started again. They run one after the
     * other, every second and within {@code timeout}. Only a missing answer counts as a failure: a process without siblings is not
     * killed for an error or a refused connection. It is killed after {@code failures} consecutive failures, at the latest
     * {@code 1 s + failures × (timeout + 0.1 s)} after it froze.
     *
     * @param probes at least one
     * @param timeout for all of them together
     * @param failures at least 1
     */
    public record Live(List<Probe> probes, Duration timeout, int failures) {
        /** With three failures less than 8 s in total, and far more than a busy process needs for an answer. */
        public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

        public static final int DEFAULT_FAILURES = 3;

        public Live {
            probes = List.copyOf(probes);
        }

        /** Three failures, 2 s each. */
        public static Live of(Probe... probes) {
            return new Live(List.of(probes), DEFAULT_TIMEOUT, DEFAULT_FAILURES);
        }

        /**
         * A command that a process answers unless it is frozen.
         *
         * @param socket a unix socket
         * @param command a line for it, which is answered with at least one byte
         */
        public record Probe(Path socket, String command) {}
    }

    /** The stop signal, and the time before SIGKILL. */
    public record Stop(String signal, Duration timeout) {}

    /** The readiness check. */
    public sealed interface Ready {
        /** Ready if the URL answers 200. */
        record Http(String url) implements Ready {}

        /** Ready if the command exits with 0. */
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
     * Several worker processes of one service. They are replaced one by one; a replacement is ready before the old worker stops, so
     * no request fails. In a spec with a pool {@code {port}} and {@code {worker_port}} stand for the ports of each worker, which
     * also gets them as {@code PORT} and {@code WORKER_PORT}.
     *
     * @param count how many
     * @param entrance how requests reach the workers
     * @param address of the service
     * @param port of the service
     * @param firstPort worker N has the port {@code firstPort + N}; during a replacement one more than {@code count} are in use
     * @param live the liveness check of each worker; one that fails is replaced
     */
    public record WorkerPool(
            int count, Entrance entrance, String address, int port, int firstPort, ServiceSpec.Ready live) {

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
}
