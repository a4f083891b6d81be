package io.livepatch.charm.balancer;

import io.livepatch.charm.api.Suggestion;
import io.livepatch.haproxy.model.Backend;
import io.livepatch.haproxy.model.Backend.HealthCheck;
import io.livepatch.haproxy.model.Backend.Strategy;
import io.livepatch.haproxy.model.Bind;
import io.livepatch.haproxy.model.Frontend;
import io.livepatch.haproxy.model.InvalidModelException;
import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.Sandbox;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.haproxy.model.Routes;
import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.model.SourceLimits;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.SupervisorException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Maps a pool's mode and workers to a load balancer. Pure. */
final class PoolProxyConfig {
    private static final String WORKERS = "workers";
    /** The address from which a haproxy on this machine connects, and on which workers listen. */
    private static final String LOCAL = "127.0.0.1";

    private static final int MAX_NAME_LENGTH = 56;

    private final LoadBalancer withoutServers;
    private final String workerAddress;

    private PoolProxyConfig(LoadBalancer withoutServers, String workerAddress) {
        this.withoutServers = withoutServers;
        this.workerAddress = workerAddress;
    }

    /**
     * The load balancer of one pool.
     *
     * @param sandbox of its workers
     * @throws SupervisorException.InvalidSpec when haproxy cannot do what {@code mode} asks
     */
    static PoolProxyConfig of(String pool, Listening.Proxied mode, Paths paths, Optional<Sandbox> sandbox) {
        InetAddress entrance = Optional.ofNullable(mode.entrance().getAddress())
                .orElseThrow(
                        () -> new SupervisorException.InvalidSpec("'%s' is no address to listen on: give an IP address"
                                .formatted(mode.entrance().getHostString())));
        try {
            List<String> trusted = Stream.concat(Stream.of(LOCAL), mode.trustedPeers().stream())
                    .distinct()
                    .toList();
            Frontend in = new Frontend(
                    "entrance",
                    List.of(Bind.plain(
                            entrance.getHostAddress(), mode.entrance().getPort())),
                    Routes.every(WORKERS),
                    trusted);
            Backend workers = new Backend(
                    WORKERS,
                    strategy(mode.strategy()),
                    Optional.of(check(mode.healthPath())),
                    List.of(),
                    Backend.DEFAULT_RETRIES);
            return new PoolProxyConfig(
                    LoadBalancer.of(name(pool), paths, in, workers)
                            .withSourceLimits(limits(trusted))
                            .withSandbox(sandbox),
                    entrance.isLoopbackAddress() ? entrance.getHostAddress() : LOCAL);
        } catch (InvalidModelException e) {
            throw new SupervisorException.InvalidSpec("pool '%s': %s".formatted(pool, e.getMessage()));
        }
    }

    /** Limits for each client address, except for the trusted proxies, which forward many clients and have limits of their own. */
    private static SourceLimits limits(List<String> trusted) {
        SourceLimits defaults = SourceLimits.DEFAULT;
        return new SourceLimits(
                defaults.connections(),
                defaults.connectionRate(),
                defaults.requests(),
                defaults.requestRate(),
                trusted);
    }

    private static String name(String pool) {
        String name = pool.replace('/', '-');
        return name.substring(0, Math.min(name.length(), MAX_NAME_LENGTH));
    }

    /** A worker gets requests after its first passed check, and none after two failed ones until it passes again. */
    private static HealthCheck check(String path) {
        return new HealthCheck(path, Duration.ofMillis(500), Duration.ofMillis(100), Duration.ofSeconds(2), 2, 1);
    }

    private static Strategy strategy(String word) {
        String name = word.toLowerCase(Locale.ROOT).replace('-', '_');
        return Strategy.named(name)
                .orElseThrow(() -> new SupervisorException.InvalidSpec(
                        "'%s' is no strategy of haproxy%s".formatted(word, Suggestion.after(name, Strategy.names()))));
    }

    /** With these workers behind it. */
    LoadBalancer with(List<Server> servers) {
        return withoutServers.withBackends(withoutServers.backends().stream()
                .map(backend -> backend.withServers(servers))
                .toList());
    }

    /**
     * A worker as a server of haproxy. Its name has the worker's number only, because a pool's name may be too long for haproxy.
     */
    Server server(Balancer.Target worker, Server.State state) {
        String number = worker.id().substring(worker.id().lastIndexOf('-') + 1);
        return Server.of("worker/" + number, workerAddress, worker.port()).withState(state);
    }

    Server.Ref ref(Balancer.Target worker) {
        return new Server.Ref(WORKERS, server(worker, Server.State.READY).haproxyName());
    }
}
