package io.livepatch.fleet.replica;

import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.Membership.MembershipSnapshot;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This replica's lease of its share. The lease expires at the moment at which the others take this replica for lost and run its share; the replica
 * then holds its load, so that a share is not run twice for long. Thread-safe.
 */
final class MembershipLease {
    private static final Logger log = LoggerFactory.getLogger(MembershipLease.class);

    private final ReplicaSettings settings;
    private final Membership membership;
    private final PeerDirectory peers;
    private final LocalRuns runs;
    private final AvailabilityLog outages;
    private final InstantSource clock;
    private long renewedAt;
    private boolean admitted;
    private boolean held = true;
    private volatile boolean leaving;
    private @Nullable Instant heldFrom;
    private ReplicaException.@Nullable Displaced displaced;

    MembershipLease(
            ReplicaSettings settings,
            Membership membership,
            PeerDirectory peers,
            LocalRuns runs,
            AvailabilityLog outages,
            InstantSource clock) {
        this.settings = settings;
        this.membership = membership;
        this.peers = peers;
        this.runs = runs;
        this.outages = outages;
        this.clock = clock;
    }

    /** Polls the membership; for one thread. */
    void renew() {
        if (leaving || isDisplaced()) {
            return;
        }
        // The lease begins before the request, which may have been processed long before its response came.
        long begun = System.nanoTime();
        try {
            MembershipSnapshot snapshot = membership.poll(peers.peers());
            peers.updateSnapshot(snapshot);
            renewed(begun);
        } catch (ReplicaException.Displaced e) {
            displace(e);
        } catch (ReplicaException.MembershipUnavailable e) {
            log.warn("{}; the load here is held after {} without membership", e.getMessage(), settings.lostAfter());
        }
    }

    private synchronized boolean isDisplaced() {
        return displaced != null;
    }

    private synchronized void renewed(long begun) {
        if (!peers.admitted()
                || System.nanoTime() - begun > settings.lostAfter().toNanos()) {
            return;
        }
        renewedAt = begun;
        admitted = true;
        if (held && heldFrom != null) {
            outages.recordHold(settings.index(), heldFrom, now());
            log.info("the membership is known again, the load here continues");
        }
        held = false;
    }

    private synchronized void displace(ReplicaException.Displaced e) {
        log.error("{}; the load here is held", e.getMessage());
        displaced = e;
        hold();
    }

    /** Holds the load if the lease has expired. Called often: a process that was suspended must not continue its load when it wakes. */
    synchronized void expire() {
        // A lone replica's share is never taken, however long the process was suspended.
        if (settings.count() > 1
                && admitted
                && !held
                && !leaving
                && System.nanoTime() - renewedAt > settings.lostAfter().toNanos()) {
            heldFrom = now().minusNanos(System.nanoTime() - renewedAt);
            log.warn("the membership has been unknown for {}: the load here is held", settings.lostAfter());
            hold();
        }
    }

    private void hold() {
        held = true;
        peers.partitionWithoutSelf().ifPresent(runs::divide);
    }

    private Instant now() {
        return clock.instant().plus(peers.clockOffset());
    }

    /** Whether this replica may run its share. */
    synchronized boolean valid() {
        return !held && !leaving && peers.admitted();
    }

    synchronized boolean held() {
        return held;
    }

    boolean leaving() {
        return leaving;
    }

    /** Divides the load unless it is held, then records which replicas are missing while flocks run. */
    synchronized void ifValid(Runnable divide, List<FlockCommand> commands) {
        if (held || leaving) {
            return;
        }
        divide.run();
        Instant now = now();
        Instant begin = commands.stream()
                .filter(command -> !command.stopped())
                .map(FlockCommand::begin)
                .min(Instant::compareTo)
                .orElse(now);
        boolean running = runs.busy() && !begin.isAfter(now);
        outages.observe(
                running ? peers.missing() : Set.of(),
                index -> {
                    Instant seen = peers.lastSeen(index, now);
                    return seen.isBefore(begin) ? begin : seen;
                },
                now);
    }

    synchronized void throwIfDisplaced() {
        if (displaced != null) {
            throw displaced;
        }
    }

    /** Messages from now on say that this replica leaves. */
    void leave() {
        leaving = true;
    }

    /** Call it when no thread renews the lease any more. */
    void release() {
        membership.close();
    }
}
