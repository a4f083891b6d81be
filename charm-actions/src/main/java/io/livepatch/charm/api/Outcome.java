package io.livepatch.charm.api;

import io.livepatch.common.file.DiskSpace;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * The result of a call of {@link Charm#reconcile}.
 *
 * @param status the unit's status from now on
 * @param again when the charm is called again although none of its inputs changes
 * @param done whether a unit that is being removed has finished: its services are stopped and its directory is deleted next.
 *     Ignored for a unit that stays
 * @param figures what the substrate publishes as metrics of the unit until the next call
 */
public record Outcome(UnitStatus status, Again again, boolean done, Figures figures) {

    /**
     * The next call without a change of the unit's inputs, whichever of the two comes first.
     *
     * @param after the longest time until the next call
     * @param services own services; a change of the state of one of them is a reason for a call
     */
    public record Again(Duration after, Set<String> services) {
        public Again {
            if (after.isNegative() || after.isZero()) {
                throw new IllegalArgumentException("a charm cannot be called again after " + after);
            }
            services = Set.copyOf(services);
        }
    }

    /**
     * Figures of a unit that its substrate cannot know.
     *
     * @param disks the file systems that the unit writes to, by what is kept there, such as {@code database}
     * @param certificateEnds the ends of certificates' validity, by kind, such as {@code leaf} and {@code ca}
     */
    public record Figures(Map<String, DiskSpace> disks, Map<String, Instant> certificateEnds) {
        public static final Figures NONE = new Figures(Map.of(), Map.of());

        public Figures {
            disks = Map.copyOf(disks);
            certificateEnds = Map.copyOf(certificateEnds);
        }
    }

    /** For what changes without an event, such as files, certificates and free disk space. */
    private static final Duration ACTIVE_INTERVAL = Duration.ofSeconds(30);

    /** For a unit whose charm waits for something. */
    private static final Duration WAITING_INTERVAL = Duration.ofSeconds(2);

    /**
     * The usual outcome: an active unit's charm is called again after 30 s, another's after 2 s, and each at a change of these
     * services.
     */
    public static Outcome of(UnitStatus status, String... services) {
        Duration after = status.kind() == UnitStatus.Kind.ACTIVE ? ACTIVE_INTERVAL : WAITING_INTERVAL;
        return new Outcome(status, new Again(after, Set.of(services)), false, Figures.NONE);
    }

    /** A unit that is being removed has finished. */
    public static Outcome finished() {
        return new Outcome(
                UnitStatus.maintenance("removed"), new Again(WAITING_INTERVAL, Set.of()), true, Figures.NONE);
    }

    /** The same, called again after at most this time. */
    public Outcome after(Duration time) {
        return new Outcome(status, new Again(time, again.services()), done, figures);
    }

    /** The same, with these figures. */
    public Outcome with(Figures to) {
        return new Outcome(status, again, done, to);
    }
}
