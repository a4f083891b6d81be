package io.livepatch.charm.balancer;

import io.livepatch.haproxy.model.Server;
import io.livepatch.haproxy.runtime.ServerStatus;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.SupervisorException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A worker behind the proxy, and the futures that wait for it to enter or leave. Confined to the thread of its
 * {@link CommandQueue}.
 */
final class BackendServer {
    /** After this time {@link #enter} fails with what haproxy's health checks say; the checks go on. */
    private static final Duration ENTER_TIMEOUT = Duration.ofSeconds(10);

    private final Balancer.Target worker;
    private final List<CompletableFuture<Void>> entering = new ArrayList<>();
    private Instant enterRequestedAt;
    private Optional<Leaving> leaving = Optional.empty();
    /** Requests in total, and haproxy's last count: a new haproxy process counts from 0. */
    private long requests;

    private long lastCount;

    /** A worker that gets no new requests, and the deadline for those in flight. */
    record Leaving(CompletableFuture<Balancer.Departure> left, Instant since, Instant deadline) {
        void complete(Instant now, int aborted) {
            left.complete(new Balancer.Departure(Duration.between(since, now), aborted));
        }
    }

    BackendServer(Balancer.Target worker, Instant now) {
        this.worker = worker;
        this.enterRequestedAt = now;
    }

    Balancer.Target worker() {
        return worker;
    }

    Server.State state() {
        return leaving.isPresent() ? Server.State.DRAIN : Server.State.READY;
    }

    void enter(CompletableFuture<Void> entered, Instant now) {
        enterRequestedAt = now;
        leaving = Optional.empty();
        entering.add(entered);
    }

    void leave(Leaving newLeaving) {
        failEntering("it left before haproxy reported it as up");
        leaving = Optional.of(newLeaving);
    }

    /** Fails the futures that wait for haproxy to report the worker as up. */
    void failEntering(String why) {
        takeEntering().forEach(future -> future.completeExceptionally(new SupervisorException.Refused(why)));
    }

    /** The worker's process has ended, and its requests with it. */
    void left(Instant now) {
        failEntering("its process has ended");
        leaving.ifPresent(it -> it.complete(now, 0));
    }

    private List<CompletableFuture<Void>> takeEntering() {
        List<CompletableFuture<Void>> taken = List.copyOf(entering);
        entering.clear();
        return taken;
    }

    /** Whether a future waits for the worker to enter or leave. */
    boolean awaited() {
        return !entering.isEmpty() || leaving.filter(it -> !it.left().isDone()).isPresent();
    }

    /**
     * Completes futures according to haproxy's status of the worker; empty if haproxy does not have it.
     *
     * @return whether the deadline has passed with requests in flight
     */
    boolean poll(Optional<ServerStatus> status, Instant now) {
        status.ifPresent(it -> count(it.requests()));
        if (leaving.isPresent()) {
            int inFlight = status.map(it -> it.sessions() + it.queued()).orElse(0);
            if (inFlight == 0) {
                leaving.get().complete(now, 0);
            }
            return inFlight > 0 && !now.isBefore(leaving.get().deadline());
        }
        if (status.filter(BackendServer::tested).isPresent()) {
            takeEntering().forEach(future -> future.complete(null));
        } else if (now.isAfter(enterRequestedAt.plus(ENTER_TIMEOUT))) {
            failEntering(status.map(it -> "haproxy reports it as " + it.condition() + " (" + it.lastCheck() + ")")
                    .orElse("haproxy does not have it yet"));
        }
        return false;
    }

    /** A new haproxy process reports every server as up until its first check. */
    private static boolean tested(ServerStatus status) {
        return status.condition() == ServerStatus.Condition.UP
                && status.lastCheck().startsWith("L7OK");
    }

    private void count(long now) {
        requests += now >= lastCount ? now - lastCount : now;
        lastCount = now;
    }

    long requests() {
        return requests;
    }

    Optional<Leaving> leaving() {
        return leaving;
    }
}
