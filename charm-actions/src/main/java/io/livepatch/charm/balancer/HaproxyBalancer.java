package io.livepatch.charm.balancer;

import io.livepatch.haproxy.runtime.ApplyResult;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One haproxy in front of one pool. */
final class HaproxyBalancer implements Balancer {
    private final BackendMembers backendMembers;
    private final CommandQueue commandQueue;
    private final HaproxyProcess process;
    private final ProxyFiles proxyFiles;

    private HaproxyBalancer(
            BackendMembers backendMembers, CommandQueue commandQueue, HaproxyProcess process, ProxyFiles proxyFiles) {
        this.backendMembers = backendMembers;
        this.commandQueue = commandQueue;
        this.process = process;
        this.proxyFiles = proxyFiles;
    }

    /** A balancer whose haproxy is being started and has no server yet. */
    static Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory, Path binary) {
        ProxyFiles proxyFiles = ProxyFiles.in(directory);
        try {
            PoolProxyConfig poolProxyConfig = PoolProxyConfig.of(pool.name(), mode, proxyFiles.paths());
            Haproxy haproxy = new Haproxy(binary, proxyFiles.configuration(), proxyFiles.masterSocket());
            begin(pool, haproxy, poolProxyConfig, proxyFiles.configuration());
            BackendMembers backendMembers = new BackendMembers(poolProxyConfig, haproxy, InstantSource.system());
            CommandQueue commandQueue = new CommandQueue(pool.name(), backendMembers);
            HaproxyProcess process = HaproxyProcess.start(
                    haproxy,
                    proxyFiles.masterSocket(),
                    proxyFiles.log(),
                    () -> commandQueue.give(new CompletableFuture<>(), backendMembers::unsettle));
            return new HaproxyBalancer(backendMembers, commandQueue, process, proxyFiles);
        } catch (RuntimeException e) {
            proxyFiles.close();
            throw e;
        }
    }

    /** Replaces the configuration that an earlier run left, which names workers that have ended and ports that may be taken by now. */
    private static void begin(PoolSpec pool, Haproxy haproxy, PoolProxyConfig poolProxyConfig, Path configuration) {
        try {
            Files.deleteIfExists(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete '" + configuration + "': " + e.getMessage(), e);
        }
        if (haproxy.apply(poolProxyConfig.with(List.of())) instanceof ApplyResult.Refused(List<String> problems)) {
            throw new SupervisorException.Refused("haproxy cannot stand in front of pool '%s': %s"
                    .formatted(pool.name(), String.join("; ", problems)));
        }
    }

    @Override
    public CompletionStage<Void> enter(Target worker) {
        CompletableFuture<Void> entered = new CompletableFuture<>();
        commandQueue.give(entered, () -> backendMembers.enter(worker, entered));
        return entered;
    }

    @Override
    public CompletionStage<Departure> leave(Target worker, Duration patience) {
        CompletableFuture<Departure> gone = new CompletableFuture<>();
        commandQueue.give(gone, () -> backendMembers.leave(worker, patience, gone));
        return gone;
    }

    @Override
    public void remove(Target worker) {
        commandQueue.give(new CompletableFuture<>(), () -> backendMembers.remove(worker));
    }

    @Override
    public CompletionStage<List<Long>> requests(List<Target> workers) {
        CompletableFuture<List<Long>> answer = new CompletableFuture<>();
        commandQueue.give(answer, () -> answer.complete(backendMembers.requests(workers)));
        return answer;
    }

    @Override
    public void close() {
        commandQueue.close();
        process.close();
        proxyFiles.close();
    }
}
