package io.livepatch.charm.balancer;

import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.runtime.ApplyResult;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.haproxy.runtime.HaproxyException;
import io.livepatch.haproxy.runtime.ServerStatus;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.SupervisorException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers of one pool as servers of its haproxy. Confined to the thread of its {@link CommandQueue}. */
final class BackendMembers {
    private static final Logger LOG = LoggerFactory.getLogger(BackendMembers.class);

    private final PoolProxyConfig config;
    private final Haproxy haproxy;
    private final InstantSource clock;
    private final Map<String, BackendServer> members = new LinkedHashMap<>();
    /** Whether haproxy may run with other servers. */
    private boolean outOfDate;

    BackendMembers(PoolProxyConfig config, Haproxy haproxy, InstantSource clock) {
        this.config = config;
        this.haproxy = haproxy;
        this.clock = clock;
    }

    void enter(Balancer.Target worker, CompletableFuture<Void> entered) {
        boolean known = members.containsKey(worker.id());
        BackendServer server = members.computeIfAbsent(worker.id(), _ -> new BackendServer(worker, now()));
        boolean serves = known && server.leaving().isEmpty();
        server.enter(entered, now());
        if (serves) {
            return;
        }
        try {
            apply();
        } catch (RuntimeException e) {
            members.remove(worker.id());
            throw e;
        }
    }

    void leave(Balancer.Target worker, Duration timeout, CompletableFuture<Balancer.Departure> left) {
        BackendServer server = members.get(worker.id());
        if (server == null) {
            left.complete(new Balancer.Departure(Duration.ZERO, 0));
            return;
        }
        server.leave(new BackendServer.Leaving(left, now(), now().plus(timeout)));
        apply();
    }

    void remove(Balancer.Target worker) {
        BackendServer server = members.remove(worker.id());
        if (server != null) {
            apply();
            server.left(now());
        }
    }

    List<Long> requests(List<Balancer.Target> workers) {
        poll();
        return workers.stream()
                .map(worker -> Optional.ofNullable(members.get(worker.id()))
                        .map(BackendServer::requests)
                        .orElse(0L))
                .toList();
    }

    /** Called when a new haproxy process runs: it may have read an older configuration file, so the servers are applied again. */
    void markOutOfDate() {
        outOfDate = true;
    }

    /** Whether haproxy's status has to be polled again. */
    boolean needsPolling() {
        return outOfDate || members.values().stream().anyMatch(BackendServer::awaited);
    }

    /** Applies the servers to haproxy if it may run with others, and passes its statuses on. */
    void poll() {
        if (outOfDate && haproxy.running()) {
            apply();
        }
        Map<Server.Ref, ServerStatus> statuses = statuses();
        for (BackendServer server : List.copyOf(members.values())) {
            Server.Ref ref = config.ref(server.worker());
            if (server.poll(Optional.ofNullable(statuses.get(ref)), now())) {
                abortRequests(server, ref);
            }
        }
    }

    private void abortRequests(BackendServer server, Server.Ref ref) {
        int aborted = haproxy.runtime().remove(ref, Duration.ZERO);
        members.remove(server.worker().id());
        apply();
        server.leaving().ifPresent(leaving -> leaving.complete(now(), aborted));
    }

    /** The servers' states; empty while haproxy does not run, when no request is in flight and no server is up. */
    private Map<Server.Ref, ServerStatus> statuses() {
        try {
            return haproxy.runtime().servers().stream()
                    .collect(Collectors.toMap(it -> new Server.Ref(it.backend(), it.name()), Function.identity()));
        } catch (HaproxyException.NotRunning e) {
            LOG.debug("cannot read the servers' status: {}", e.getMessage());
            return Map.of();
        }
    }

    private void apply() {
        outOfDate = true;
        List<Server> servers = members.values().stream()
                .map(server -> config.server(server.worker(), server.state()))
                .toList();
        ApplyResult applied = haproxy.apply(config.with(servers));
        if (applied instanceof ApplyResult.Refused(List<String> problems)) {
            throw new SupervisorException.Refused(
                    "haproxy refused the servers of its workers: " + String.join("; ", problems));
        }
        // haproxy does not run. A process that starts now may have read the previous file.
        outOfDate = applied instanceof ApplyResult.Written;
        LOG.debug("{}", applied);
    }

    /** Removes all workers and ends the waits for them. */
    void removeAll() {
        members.values().forEach(server -> server.left(now()));
        members.clear();
        outOfDate = false;
    }

    private Instant now() {
        return clock.instant();
    }
}
