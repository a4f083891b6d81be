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

/** A worker behind the entrance, and who waits for news of it. Confined to the thread of its {@link HaproxyBalancer}. */
final class BackendServer {
    /** After this time {@link #enter} fails with what haproxy's health checks say; the checks go on. */
    private static final Duration ENTERS_WITHIN = Duration.ofSeconds(10);

    private final Balancer.Target worker;
    private final List<CompletableFuture<Void>> entering = new ArrayList<>();
    private Instant asked;
    private Optional<Leaving> leaving = Optional.empty();
    /** All that it was given, and what haproxy said last: a new process of haproxy begins at 0. */
    private long requests;

    private long lastCount;

    /** A worker that gets nothing new any more, and until when it may end what it has. */
    record Leaving(CompletableFuture<Balancer.Departure> gone, Instant began, Instant until) {
        void complete(Instant now, int cut) {
            gone.complete(new Balancer.Departure(Duration.between(began, now), cut));
        }
    }

    BackendServer(Balancer.Target worker, Instant now) {
        this.worker = worker;
        this.asked = now;
    }

    Balancer.Target worker() {
        return worker;
    }

    Server.State state() {
        return leaving.isPresent() ? Server.State.DRAIN : Server.State.READY;
    }

    void enter(CompletableFuture<Void> entered, Instant now) {
        asked = now;
        leaving = Optional.empty();
        entering.add(entered);
    }

    void leave(Leaving orders) {
        callOff("it left before haproxy took it in");
        leaving = Optional.of(orders);
    }

    /** Fails those futures that wait for haproxy to take the worker in. */
    void callOff(String why) {
        takeEntering().forEach(future -> future.completeExceptionally(new SupervisorException.Refused(why)));
    }

    /** Its process is gone, and what it had with it. */
    void gone(Instant now) {
        callOff("its process is gone");
        leaving.ifPresent(it -> it.complete(now, 0));
    }

    private List<CompletableFuture<Void>> takeEntering() {
        List<CompletableFuture<Void>> taken = List.copyOf(entering);
        entering.clear();
        return taken;
    }

    /** Whether a future waits for the worker to be taken in or to leave. */
    boolean awaited() {
        return !entering.isEmpty() || leaving.filter(it -> !it.gone().isDone()).isPresent();
    }

    /**
     * Passes on what haproxy says of it; empty when it says nothing of it.
     *
     * @return whether patience is at an end and requests are still in flight
     */
    boolean look(Optional<ServerStatus> status, Instant now) {
        status.ifPresent(it -> count(it.requests()));
        if (leaving.isPresent()) {
            int inFlight = status.map(it -> it.sessions() + it.queued()).orElse(0);
            if (inFlight == 0) {
                leaving.get().complete(now, 0);
            }
            return inFlight > 0 && !now.isBefore(leaving.get().until());
        }
        if (status.filter(BackendServer::tested).isPresent()) {
            takeEntering().forEach(future -> future.complete(null));
        } else if (now.isAfter(asked.plus(ENTERS_WITHIN))) {
            callOff(status.map(it -> "haproxy finds it " + it.condition() + " (" + it.lastCheck() + ")")
                    .orElse("haproxy does not know it yet"));
        }
        return false;
    }

    /** A new process of haproxy takes all for up until their first check. */
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
