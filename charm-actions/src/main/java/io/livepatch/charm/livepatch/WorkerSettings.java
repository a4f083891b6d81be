package io.livepatch.charm.livepatch;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.Unit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What the operator says of the server's processes. Even a single one is a crew: so a second one, another configuration and a
 * restart come without a gap.
 *
 * @param trustedPeers the proxies in front of the one of {@code worker-mode=proxy}
 */
record WorkerSettings(int count, String mode, List<String> trustedPeers) {
    static final String COUNT = "workers";
    static final String MODE = "worker-mode";
    static final String SHARED_PORT = "shared-port";
    static final String PROXY = "proxy";
    static final int MOST = 64;

    static final int FIRST_PORT = 18000;
    /** All parts work: what a replacement must be before the process in whose place it comes ends. */
    private static final String READY = "/health/ready";

    /** Check-ins or downloads are possible: what the proxy in front of the processes asks for. */
    private static final String READY_FOR_ANY = "/health/ready/any";
    /** For a download over a slow line; a machine asks again for the rest. */
    private static final Duration DRAIN = Duration.ofSeconds(30);

    WorkerSettings(int count, String mode) {
        this(count, mode, List.of());
    }

    WorkerSettings {
        trustedPeers = List.copyOf(trustedPeers);
    }

    static WorkerSettings of(Unit unit) {
        CharmConfig config = unit.config();
        return possible(config.number(COUNT), config.string(MODE), LivepatchYaml.trustedPeers(unit));
    }

    /** With the nearest possible values in place of refused ones: the last good configuration runs with them. */
    static WorkerSettings possible(int count, String mode, List<String> trustedPeers) {
        return new WorkerSettings(Math.clamp(count, 1, MOST), mode.equals(PROXY) ? PROXY : SHARED_PORT, trustedPeers);
    }

    /** As the substrate is told. */
    WorkerPool crew(LivepatchYaml.Listen listen) {
        String own = mode.equals(PROXY) ? "http://" + inner(listen) + ":{port}" : ownPort(listen);
        WorkerPool.Entrance entrance = mode.equals(PROXY)
                ? new WorkerPool.Entrance.Proxy(READY_FOR_ANY, DRAIN, trustedPeers)
                : new WorkerPool.Entrance.SharedPort();
        return new WorkerPool(
                count,
                entrance,
                listen.address(),
                listen.port(),
                FIRST_PORT,
                new ServiceSpec.Ready.Http(own + "/health/live"));
    }

    ServiceSpec.Ready ready(LivepatchYaml.Listen listen) {
        String own = mode.equals(PROXY) ? "http://" + inner(listen) + ":{port}" : ownPort(listen);
        return new ServiceSpec.Ready.Http(own + READY);
    }

    /** Where its processes answer probes; one more than there should be, for the one that replaces another. */
    List<InetSocketAddress> probes(LivepatchYaml.Listen listen) {
        String address = mode.equals(PROXY) ? inner(listen) : listen.address();
        return IntStream.rangeClosed(0, count)
                .mapToObj(number -> new InetSocketAddress(InetAddress.ofLiteral(address), FIRST_PORT + number))
                .toList();
    }

    /** What a process has to know beyond the configuration that all share; the environment overrules the file. */
    Map<String, String> environment(LivepatchYaml.Listen listen) {
        return mode.equals(PROXY)
                ? Map.of("LP_SERVER_SERVER_ADDRESS", inner(listen) + ":{port}")
                : Map.of(
                        "LP_SERVER_REUSE_PORT",
                        "true",
                        "LP_SERVER_WORKER_ADDRESS",
                        listen.address() + ":{worker_port}");
    }

    private static String ownPort(LivepatchYaml.Listen listen) {
        return "http://" + listen.address() + ":{worker_port}";
    }

    /** A worker behind the unit's own proxy is reached by that proxy only, which runs on the same machine. */
    private static String inner(LivepatchYaml.Listen listen) {
        return InetAddress.ofLiteral(listen.address()).isLoopbackAddress() ? listen.address() : "127.0.0.1";
    }
}
