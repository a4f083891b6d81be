package io.livepatch.charm.local;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.ReplacementReason;
import io.livepatch.supervisor.WorkerInfo;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Why the latest process that should have taken the place of another did not. The supervisor forgets its worker at once, so the
 * reason is recorded from the event. Thread-safe.
 */
final class ReplacementFailures {
    private final InstantSource clock;
    private Instant from;
    private Optional<String> last = Optional.empty();

    ReplacementFailures(InstantSource clock) {
        this.clock = clock;
        this.from = clock.instant();
    }

    /** Another spec holds: what was started by the one before says nothing any more, even if it is heard of later. */
    synchronized void forget() {
        from = clock.instant();
        last = Optional.empty();
    }

    synchronized void heard(PoolEvent event) {
        if (event instanceof PoolEvent.Ended(var worker, var status, var reason, var uptime, var _)
                && worker.role() == WorkerInfo.Role.REPLACEMENT
                && reason == ReplacementReason.CRASH
                && !worker.launchedAt().isBefore(from)) {
            last = Optional.of("a new process ended by itself with %s after %s s%s"
                    .formatted(status, uptime.toMillis() / 1000.0, LogTail.after(worker)));
        }
    }

    synchronized Optional<String> last() {
        return last;
    }
}
