package io.livepatch.charm.api;

import java.time.Duration;
import java.util.List;

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
