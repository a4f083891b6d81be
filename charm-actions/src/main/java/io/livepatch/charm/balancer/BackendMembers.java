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

/** The workers behind one entrance: what haproxy should have, and whether it does. Confined to the thread of its {@link CommandQueue}. */
final class BackendMembers {
    private static final Logger LOG = LoggerFactory.getLogger(BackendMembers.class);

    private final PoolProxyConfig poolProxyConfig;
    private final Haproxy haproxy;
    private final InstantSource clock;
    private final Map<String, BackendServer> members = new LinkedHashMap<>();
    /** Whether haproxy may run with something else. */
    private boolean unsettled;

    BackendMembers(PoolProxyConfig poolProxyConfig, Haproxy haproxy, InstantSource clock) {
        this.poolProxyConfig = poolProxyConfig;
        this.haproxy = haproxy;
        this.clock = clock;
    }

    void enter(Balancer.Target worker, CompletableFuture<Void> entered) {
        boolean known = members.containsKey(worker.id());
        BackendServer backendServer = members.computeIfAbsent(worker.id(), _ -> new BackendServer(worker, now()));
        boolean serves = known && backendServer.leaving().isEmpty();
        backendServer.enter(entered, now());
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

    void leave(Balancer.Target worker, Duration patience, CompletableFuture<Balancer.Departure> gone) {
        BackendServer backendServer = members.get(worker.id());
        if (backendServer == null) {
            gone.complete(new Balancer.Departure(Duration.ZERO, 0));
            return;
        }
        backendServer.leave(new BackendServer.Leaving(gone, now(), now().plus(patience)));
        apply();
    }

    void remove(Balancer.Target worker) {
        BackendServer backendServer = members.remove(worker.id());
        if (backendServer != null) {
            apply();
            backendServer.gone(now());
        }
    }

    List<Long> requests(List<Balancer.Target> workers) {
        look();
        return workers.stream()
                .map(worker -> Optional.ofNullable(members.get(worker.id()))
                        .map(BackendServer::requests)
                        .orElse(0L))
                .toList();
    }

    /** Called when a new haproxy process runs: it may have read an older configuration file, so the servers are applied again. */
    void unsettle() {
        unsettled = true;
    }

    /** Whether to look again soon. */
    boolean waiting() {
        return unsettled || members.values().stream().anyMatch(BackendServer::awaited);
    }

    /** Brings haproxy up to date, if it has to be, and passes on what it says. */
    void look() {
        if (unsettled && haproxy.running()) {
            apply();
        }
        Map<Server.Ref, ServerStatus> seen = seen();
        for (BackendServer backendServer : List.copyOf(members.values())) {
            Server.Ref ref = poolProxyConfig.ref(backendServer.worker());
            if (backendServer.look(Optional.ofNullable(seen.get(ref)), now())) {
                cut(backendServer, ref);
            }
        }
    }

    private void cut(BackendServer backendServer, Server.Ref ref) {
        int cut = haproxy.runtime().remove(ref, Duration.ZERO);
        members.remove(backendServer.worker().id());
        apply();
        backendServer.leaving().ifPresent(leaving -> leaving.complete(now(), cut));
    }

    /** The servers' states; empty while haproxy does not run, when no request is in flight and no server is up. */
    private Map<Server.Ref, ServerStatus> seen() {
        try {
            return haproxy.runtime().servers().stream()
                    .collect(Collectors.toMap(it -> new Server.Ref(it.backend(), it.name()), Function.identity()));
        } catch (HaproxyException.NotRunning e) {
            LOG.debug("not looked: {}", e.getMessage());
            return Map.of();
        }
    }

    private void apply() {
        unsettled = true;
        List<Server> servers = members.values().stream()
                .map(backendServer -> poolProxyConfig.server(backendServer.worker(), backendServer.state()))
                .toList();
        ApplyResult applied = haproxy.apply(poolProxyConfig.with(servers));
        if (applied instanceof ApplyResult.Refused(List<String> problems)) {
            throw new SupervisorException.Refused("haproxy was refused its workers: " + String.join("; ", problems));
        }
        // A file alone is not enough: a process that starts just now may have read the one before.
        unsettled = applied instanceof ApplyResult.Written;
        LOG.debug("{}", applied);
    }

    /** Ends all that is waited for: each worker counts as gone. */
    void disband() {
        members.values().forEach(backendServer -> backendServer.gone(now()));
        members.clear();
        unsettled = false;
    }

    private Instant now() {
        return clock.instant();
    }
}
