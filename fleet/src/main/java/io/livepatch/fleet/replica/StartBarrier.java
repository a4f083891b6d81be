package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delays the common start until all replicas are present, or a timeout. The lowest known replica gives the start. Guarded by {@link Replica}. */
final class StartBarrier {
    private static final Logger log = LoggerFactory.getLogger(StartBarrier.class);

    private final ReplicaSettings settings;
    private final PeerDirectory peers;
    private List<Flock> flocks = List.of();
    private long since;
    private volatile boolean done;

    StartBarrier(ReplicaSettings settings, PeerDirectory peers) {
        this.settings = settings;
        this.peers = peers;
    }

    void begin(List<Flock> toStart) {
        flocks = List.copyOf(toStart);
        since = System.nanoTime();
        done = flocks.isEmpty();
    }

    boolean done() {
        return done;
    }

    /** The flocks that this replica is to start now. */
    List<Flock> due() {
        boolean complete = peers.known().size() == settings.count();
        boolean late = System.nanoTime() - since > settings.startTimeout().toNanos();
        // If the lowest replica is lost before it gives the start, the next one is the lowest.
        if (done || !(complete || late) || peers.known().first() != settings.index()) {
            return List.of();
        }
        if (!complete) {
            log.warn(
                    "starting without replicas {} of {}, which did not come within {}; the others do their own share",
                    peers.missing(),
                    settings.count(),
                    Duration.ofMillis(settings.startTimeout().toMillis()));
        }
        done = true;
        return flocks;
    }

    /** Opens if another replica has given the start. */
    void update(FlockCommands commands) {
        if (!done && flocks.stream().map(Flock::name).allMatch(commands::contains)) {
            done = true;
        }
    }
}
