package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.Unit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The settings of the server's worker processes. Even a single process is a pool, so a second worker, a new configuration or a
 * restart does not interrupt the service.
 *
 * @param trustedPeers the proxies in front of the unit's own proxy ({@code worker-mode=proxy})
 */
record WorkerSettings(int count, String mode, List<String> trustedPeers) {
    static final String COUNT = "workers";
    static final String MODE = "worker-mode";
    static final String SHARED_PORT = "shared-port";
    static final String PROXY = "proxy";
    static final int MAX = 64;

    static final int FIRST_PORT = 18000;
    /** Answers 200 if all parts work. A replacement has to pass before the old worker stops. */
    private static final String READY = "/health/ready";

    private static final String LIVE = "/health/live";
    /** Answers 200 if check-ins or downloads are possible; the health check of the unit's proxy. */
    private static final String READY_FOR_ANY = "/health/ready/any";
    /** For downloads over slow connections; a machine requests the rest again. */
    private static final Duration DRAIN = Duration.ofSeconds(30);

    WorkerSettings {
        trustedPeers = List.copyOf(trustedPeers);
    }

    static WorkerSettings of(Unit unit) {
        CharmConfig config = unit.config();
        return clamped(config.number(COUNT), config.string(MODE), LivepatchYaml.trustedPeers(unit));
    }

    /** Replaces refused values by the nearest possible ones, for the last good configuration. */
    static WorkerSettings clamped(int count, String mode, List<String> trustedPeers) {
        return new WorkerSettings(Math.clamp(count, 1, MAX), mode.equals(PROXY) ? PROXY : SHARED_PORT, trustedPeers);
    }

    WorkerPool workerPool(LivepatchYaml.Listen listen) {
        WorkerPool.Entrance entrance = mode.equals(PROXY)
                ? new WorkerPool.Entrance.Proxy(READY_FOR_ANY, DRAIN, trustedPeers)
                : new WorkerPool.Entrance.SharedPort();
        return new WorkerPool(count, entrance, listen.address(), listen.port(), FIRST_PORT);
    }

    ServiceCheck.Probe ready(LivepatchYaml.Listen listen) {
        return new ServiceCheck.Probe.Http(ownAddress(listen) + READY);
    }

    ServiceCheck.Probe live(LivepatchYaml.Listen listen) {
        return new ServiceCheck.Probe.Http(ownAddress(listen) + LIVE);
    }

    private String ownAddress(LivepatchYaml.Listen listen) {
        return mode.equals(PROXY)
                ? "http://" + workerAddress(listen) + ":{port}"
                : "http://" + listen.address() + ":{worker_port}";
    }

    /** The addresses at which workers answer probes, with one more for a replacement. */
    List<InetSocketAddress> probes(LivepatchYaml.Listen listen) {
        String address = mode.equals(PROXY) ? workerAddress(listen) : listen.address();
        return IntStream.rangeClosed(0, count)
                .mapToObj(number -> new InetSocketAddress(InetAddress.ofLiteral(address), FIRST_PORT + number))
                .toList();
    }

    /** The settings of one worker, which override those of the shared file. */
    Map<String, String> environment(LivepatchYaml.Listen listen) {
        return mode.equals(PROXY)
                ? Map.of("LP_SERVER_SERVER_ADDRESS", workerAddress(listen) + ":{port}")
                : Map.of(
                        "LP_SERVER_REUSE_PORT",
                        "true",
                        "LP_SERVER_WORKER_ADDRESS",
                        listen.address() + ":{worker_port}");
    }

    /** The address of workers behind the unit's own proxy, which runs on the same machine. */
    private static String workerAddress(LivepatchYaml.Listen listen) {
        return InetAddress.ofLiteral(listen.address()).isLoopbackAddress() ? listen.address() : "127.0.0.1";
    }
}
