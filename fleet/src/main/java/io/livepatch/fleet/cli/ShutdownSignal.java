package io.livepatch.fleet.cli;

import io.livepatch.common.cli.Signals;
import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.RunView.FlockView;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a run at the first SIGINT or SIGTERM, as if its time were over, and evaluates it. The second signal ends the process. */
final class ShutdownSignal {
    private static final Logger log = LoggerFactory.getLogger(ShutdownSignal.class);
    private static final int INTERRUPTED = 130;

    private final CountDownLatch signalled = new CountDownLatch(1);

    private ShutdownSignal() {}

    /** The waiting thread ends the flocks. */
    static ShutdownSignal onSignal() {
        return onSignal(() -> {});
    }

    /** Ends the flocks on all replicas. */
    static ShutdownSignal onSignal(Replica replica) {
        return onSignal(() -> replica.cachedView().activeFlocks().stream()
                .map(FlockView::flock)
                .forEach(flock -> replica.stopFlock(flock.name())));
    }

    private static ShutdownSignal onSignal(Runnable action) {
        ShutdownSignal shutdownSignal = new ShutdownSignal();
        Signals.onTermination(() -> shutdownSignal.signal(action));
        return shutdownSignal;
    }

    private void signal(Runnable action) {
        if (signalled.getCount() == 0) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
        log.info("ending after the iterations in progress; another signal ends at once");
        signalled.countDown();
        // Stopping calls the other replicas, which would block the signal's thread.
        Thread.ofVirtual().start(action);
    }

    void await() throws InterruptedException {
        signalled.await();
    }
}
