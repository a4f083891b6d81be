package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The common start: when all are there, or have been waited for. The lowest of those that are there gives it. Guarded by its owner. */
final class StartBarrier {
    private static final Logger log = LoggerFactory.getLogger(StartBarrier.class);

    private final ReplicaSettings settings;
    private final PeerDirectory peerDirectory;
    private List<Flock> wanted = List.of();
    private long since;
    private volatile boolean done;

    StartBarrier(ReplicaSettings settings, PeerDirectory peerDirectory) {
        this.settings = settings;
        this.peerDirectory = peerDirectory;
    }

    void wants(List<Flock> flocks) {
        wanted = List.copyOf(flocks);
        since = System.nanoTime();
        done = flocks.isEmpty();
    }

    boolean done() {
        return done;
    }

    /** The flocks to start now, if it is ours to start them. */
    List<Flock> due() {
        boolean complete = peerDirectory.missing().isEmpty() && peerDirectory.acquainted();
        boolean late = System.nanoTime() - since > settings.startTimeout().toNanos();
        if (done || !(complete || late)) {
            return List.of();
        }
        if (peerDirectory.firstAcquainted() != settings.index()) {
            // Who is to give the start may yet be lost before it does.
            return List.of();
        }
        if (!complete) {
            log.warn(
                    "starting without replicas {} of {}, which did not come within {}; those that are there do their share",
                    peerDirectory.missing(),
                    settings.count(),
                    Duration.ofMillis(settings.startTimeout().toMillis()));
        }
        done = true;
        return wanted;
    }

    /** The start has been given by another. */
    void given(FlockCommands flockCommands) {
        if (!done && wanted.stream().map(Flock::name).allMatch(flockCommands::knows)) {
            done = true;
        }
    }
}
