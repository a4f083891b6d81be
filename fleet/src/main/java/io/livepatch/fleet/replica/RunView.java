package io.livepatch.fleet.replica;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.replica.AvailabilityLog.Outage;
import io.livepatch.fleet.replica.FlockCommands.FlockCache;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.Membership.PeerState;
import io.livepatch.fleet.stats.RunStats;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * The whole run, as seen by one replica.
 *
 * @param missing replicas whose latest state is unknown
 * @param flocks by name, including stopped ones
 * @param belowTarget how long the offered load was below the configured one because of lost replicas
 */
public record RunView(
        String run,
        SortedSet<Integer> missing,
        List<FlockView> flocks,
        List<LoadGap> loadGaps,
        Duration belowTarget,
        List<Annotation> annotations,
        List<ReplicaInfo> replicas) {

    /** A flock that was not stopped. */
    public Optional<FlockView> flock(String name) {
        return activeFlocks().stream()
                .filter(flock -> flock.flock().name().equals(name))
                .findFirst();
    }

    /** The flocks that were not stopped. */
    public List<FlockView> activeFlocks() {
        return flocks.stream()
                .filter(flock -> flock.state() != FlockView.State.STOPPED)
                .toList();
    }

    /**
     * One flock over all replicas.
     *
     * @param config the flock in the keys of its YAML
     * @param problems why replicas cannot run it
     */
    public record FlockView(
            Flock flock,
            Map<String, Object> config,
            Instant begin,
            State state,
            RunStats stats,
            List<String> problems) {

        /** The states of a flock, in their usual order. */
        public enum State {
            /** Before the common start. */
            WAITING,
            RUNNING,
            /** It ended by itself. */
            ENDED,
            /** It was ended by a command. */
            STOPPED
        }
    }

    /**
     * A replica was missing while flocks ran.
     *
     * @param from when it was last known to be present
     * @param covered when the others took over its share: until then the offered load was below the configured one
     * @param to when it returned
     */
    public record LoadGap(int replica, Instant from, Instant covered, Optional<Instant> to) {

        /** How long the offered load was below the configured one; overlaps count once. */
        public static Duration belowTarget(List<LoadGap> gaps) {
            Duration sum = Duration.ZERO;
            Instant counted = Instant.MIN;
            for (LoadGap next :
                    gaps.stream().sorted(Comparator.comparing(LoadGap::from)).toList()) {
                Instant from = next.from.isBefore(counted) ? counted : next.from;
                if (next.covered.isAfter(from)) {
                    sum = sum.plus(Duration.between(from, next.covered));
                    counted = next.covered;
                }
            }
            return sum;
        }
    }

    /**
     * A replica, as seen by another.
     *
     * @param held it is idle, because it cannot read the membership
     * @param heard when its last message came
     */
    public record ReplicaInfo(
            int index, Optional<URI> address, boolean present, boolean held, Optional<Instant> heard) {}

    /** An event of the tested stack, for the time axis of the report. */
    public record Annotation(UUID id, Instant at, String text) {
        public static final int MAX_LENGTH = 200;

        public Annotation {
            if (text.isBlank() || text.length() > MAX_LENGTH) {
                throw new IllegalArgumentException("the text of an event has 1 to %d characters".formatted(MAX_LENGTH));
            }
        }
    }

    record Builder(
            ReplicaSettings settings,
            FlockCache flocks,
            PeerDirectory peers,
            GossipProtocol gossip,
            MembershipLease lease,
            InstantSource clock) {

        /**
         * Builds the view of the current state.
         *
         * @param fresh replicas whose latest state is known
         */
        RunView build(NavigableSet<Integer> fresh) {
            SharedState state = gossip.current();
            Set<UUID> alive = peers.alive();
            List<LoadGap> gaps = Outage.join(state.outages().all(), alive);
            return new RunView(
                    settings.run(),
                    peers.allExcept(fresh),
                    state.commands().all().stream()
                            .map(command -> flock(command, state.shares(), alive))
                            .toList(),
                    gaps,
                    LoadGap.belowTarget(gaps),
                    state.annotations().all(),
                    replicas());
        }

        private FlockView flock(FlockCommand command, Shares shares, Set<UUID> alive) {
            RunStats stats = shares.sum(command, alive);
            return new FlockView(
                    flocks.of(command),
                    command.flock(),
                    command.begin(),
                    state(command, shares, alive),
                    stats,
                    shares.problems(command.id()));
        }

        private FlockView.State state(FlockCommand command, Shares shares, Set<UUID> alive) {
            if (command.stopped()) {
                return FlockView.State.STOPPED;
            }
            if (clock.instant().plus(peers.clockOffset()).isBefore(command.begin())) {
                return FlockView.State.WAITING;
            }
            boolean ended = alive.stream()
                    .allMatch(process -> shares.ended(command.id(), process).orElse(false));
            return ended ? FlockView.State.ENDED : FlockView.State.RUNNING;
        }

        private List<ReplicaInfo> replicas() {
            Set<Integer> present = peers.present();
            Map<Integer, PeerState> states = peers.peers();
            Instant now = clock.instant().plus(peers.clockOffset());
            return IntStream.range(0, settings.count())
                    .mapToObj(index -> {
                        if (index == settings.index()) {
                            return new ReplicaInfo(
                                    index,
                                    Optional.of(settings.address()),
                                    present.contains(index),
                                    lease.held(),
                                    Optional.of(now));
                        }
                        Optional<PeerState> last = Optional.ofNullable(states.get(index));
                        return new ReplicaInfo(
                                index,
                                last.map(PeerState::address),
                                present.contains(index),
                                last.map(PeerState::held).orElse(false),
                                last.map(_ -> peers.lastSeen(index, now)));
                    })
                    .toList();
        }
    }
}
