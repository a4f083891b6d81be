package io.livepatch.fleet.replica;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether we are there for the others. While they cannot know that, they take us for lost and do our share, so we do nothing: nothing is done twice
 * for long. Thread-safe.
 */
final class MembershipLease {
    private static final Logger log = LoggerFactory.getLogger(MembershipLease.class);

    private final ReplicaSettings settings;
    private final Membership membership;
    private final PeerDirectory peerDirectory;
    private final LocalRuns runs;
    private final AvailabilityLog availabilityLog;
    private final InstantSource clock;
    private long looked;
    private boolean admitted;
    private boolean held = true;
    private volatile boolean leaving;
    private @Nullable Instant heldFrom;
    private ReplicaException.@Nullable Displaced displaced;

    MembershipLease(
            ReplicaSettings settings,
            Membership membership,
            PeerDirectory peerDirectory,
            LocalRuns runs,
            AvailabilityLog availabilityLog,
            InstantSource clock) {
        this.settings = settings;
        this.membership = membership;
        this.peerDirectory = peerDirectory;
        this.runs = runs;
        this.availabilityLog = availabilityLog;
        this.clock = clock;
    }

    /** Asks the place of membership; for one thread. */
    void look() {
        if (leaving || lost()) {
            return;
        }
        // From before the question: it may have been answered, and only the answer late.
        long begun = System.nanoTime();
        try {
            MembershipSnapshot membershipSnapshot = membership.look(peerDirectory.heard());
            peerDirectory.sees(membershipSnapshot);
            seen(begun);
        } catch (ReplicaException.Displaced e) {
            displace(e);
        } catch (ReplicaException.PlaceUnreachable e) {
            log.warn("{}; the load here is held after {} of that", e.getMessage(), settings.lostAfter());
        }
    }

    private synchronized boolean lost() {
        return displaced != null;
    }

    private synchronized void seen(long begun) {
        if (!peerDirectory.admitted()
                || System.nanoTime() - begun > settings.lostAfter().toNanos()) {
            return;
        }
        looked = begun;
        admitted = true;
        if (held && heldFrom != null) {
            availabilityLog.wasHeld(settings.index(), heldFrom, now());
            log.info("the others are in sight again, the load here goes on");
        }
        held = false;
    }

    private synchronized void displace(ReplicaException.Displaced e) {
        log.error("{}; the load here is held", e.getMessage());
        displaced = e;
        hold();
    }

    /** Called often, so that what was stopped for a while, and is thought lost, does not go on. */
    synchronized void watch() {
        // Alone, nobody takes us for lost, however long this process stood still.
        if (settings.count() > 1
                && admitted
                && !held
                && !leaving
                && System.nanoTime() - looked > settings.lostAfter().toNanos()) {
            heldFrom = now().minusNanos(System.nanoTime() - looked);
            log.warn("who is there has not been known for {}: the load here is held", settings.lostAfter());
            hold();
        }
    }

    private void hold() {
        held = true;
        peerDirectory.divisionWithoutUs().ifPresent(runs::divide);
    }

    private Instant now() {
        return clock.instant().plus(peerDirectory.ahead());
    }

    /** Whether it is known what we are to do. */
    synchronized boolean settled() {
        return !held && !leaving && peerDirectory.admitted();
    }

    synchronized boolean held() {
        return held;
    }

    boolean leaving() {
        return leaving;
    }

    /** Divides, unless we have just been held, and keeps account of who was missing while there was something to do. */
    synchronized void divided(Runnable division, List<FlockCommand> orders) {
        if (held || leaving) {
            return;
        }
        division.run();
        Instant now = now();
        Instant begin = orders.stream()
                .filter(order -> !order.stopped())
                .map(FlockCommand::begin)
                .min(Instant::compareTo)
                .orElse(now);
        boolean running = runs.busy() && !begin.isAfter(now);
        availabilityLog.observe(
                running ? peerDirectory.missing() : Set.of(),
                index -> {
                    Instant sign = peerDirectory.lastSign(index, now);
                    return sign.isBefore(begin) ? begin : sign;
                },
                now);
    }

    /** Throws what keeps us from ever going on. */
    synchronized void check() {
        if (displaced != null) {
            throw displaced;
        }
    }

    /** What is told from now on says so. */
    void leave() {
        leaving = true;
    }

    /** No round looks any more. */
    void left() {
        membership.close();
    }
}
