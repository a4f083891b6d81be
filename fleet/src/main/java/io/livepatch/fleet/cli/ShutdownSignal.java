package io.livepatch.fleet.cli;

import io.livepatch.common.cli.Signals;
import io.livepatch.fleet.replica.FlockView;
import io.livepatch.fleet.replica.Replica;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first SIGINT or SIGTERM ends a run as if its time were over: what was measured is judged and reported. The second ends the process. */
final class ShutdownSignal {
    private static final Logger log = LoggerFactory.getLogger(ShutdownSignal.class);
    private static final int INTERRUPTED = 130;

    private final CountDownLatch asked = new CountDownLatch(1);

    private ShutdownSignal() {}

    /** Leaves the flocks to whoever waits. */
    static ShutdownSignal onSignal() {
        return onSignal(() -> {});
    }

    /** Ends the flocks on all replicas. */
    static ShutdownSignal onSignal(Replica replica) {
        return onSignal(() ->
                replica.known().standing().stream().map(FlockView::flock).forEach(flock -> replica.stop(flock.name())));
    }

    private static ShutdownSignal onSignal(Runnable first) {
        ShutdownSignal shutdownSignal = new ShutdownSignal();
        Signals.onTermination(() -> shutdownSignal.signal(first));
        return shutdownSignal;
    }

    private void signal(Runnable first) {
        if (asked.getCount() == 0) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
        log.info("ending: turns under way come to their end; another signal ends at once");
        asked.countDown();
        // Others are told, which takes a moment that a signal's thread does not have.
        Thread.ofVirtual().start(first);
    }

    void await() throws InterruptedException {
        asked.await();
    }
}
