package io.livepatch.supervisor.engine;

import io.livepatch.supervisor.ReplacementReason;
import java.time.Instant;
import java.util.Optional;

/** What a seat of a pool is for at the moment. */
sealed interface Role {

    /** Nobody sits there. */
    record Empty() implements Role {}

    /**
     * One of the replicas.
     *
     * @param inPlace since when its process is being replaced under the same number, while it is
     */
    record Member(Optional<Instant> inPlace) implements Role {
        static final Member SETTLED = new Member(Optional.empty());
    }

    /** Shall take the place of the member at another seat, and may not count before it is ready. */
    record Replacement(int of, ReplacementReason reason, Instant since) implements Role {}

    /**
     * On its way out.
     *
     * @param recycled whether a replacement has taken its place, so that the queue waits for its end
     */
    record Leaving(boolean recycled, ReplacementReason reason, Instant since) implements Role {}
}
