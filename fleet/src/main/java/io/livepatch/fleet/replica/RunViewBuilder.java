package io.livepatch.fleet.replica;

import io.livepatch.fleet.stats.RunStats;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/** Puts together what is known of the run. */
record RunViewBuilder(
        ReplicaSettings settings,
        FlockCache flocks,
        PeerDirectory company,
        SharedState knowledge,
        GossipProtocol exchange,
        InstantSource clock) {

    /**
     * All of it.
     *
     * @param fresh of whom the latest is known
     */
    RunView of(NavigableSet<Integer> fresh) {
        SharedState known = exchange.current();
        Set<UUID> alive = company.alive();
        List<LoadGap> shortfalls = Outage.join(known.attendance().all(), alive);
        return new RunView(
                settings.run(),
                company.without(fresh),
                known.orders().all().stream()
                        .map(flockCommand -> flock(flockCommand, known.shares(), alive))
                        .toList(),
                shortfalls,
                LoadGap.belowTarget(shortfalls),
                known.marks().all(),
                replicas());
    }

    private FlockView flock(FlockCommand flockCommand, Shares shares, Set<UUID> alive) {
        RunStats runStats = shares.sum(flockCommand, alive);
        return new FlockView(
                flocks.of(flockCommand),
                flockCommand.flock(),
                flockCommand.begin(),
                state(flockCommand, shares, alive),
                runStats,
                shares.problems(flockCommand.id()));
    }

    private FlockView.State state(FlockCommand flockCommand, Shares shares, Set<UUID> alive) {
        if (flockCommand.stopped()) {
            return FlockView.State.STOPPED;
        }
        if (clock.instant().plus(company.ahead()).isBefore(flockCommand.begin())) {
            return FlockView.State.WAITING;
        }
        boolean ended = alive.stream()
                .allMatch(process -> shares.ended(flockCommand.id(), process).orElse(false));
        return ended ? FlockView.State.ENDED : FlockView.State.RUNNING;
    }

    private List<ReplicaInfo> replicas() {
        Set<Integer> present = company.present();
        Map<Integer, PeerState> heard = company.heard();
        Instant now = clock.instant().plus(company.ahead());
        return IntStream.range(0, settings.count())
                .mapToObj(index -> {
                    boolean self = index == settings.index();
                    Optional<PeerState> last = Optional.ofNullable(heard.get(index));
                    return new ReplicaInfo(
                            index,
                            self ? Optional.of(settings.address()) : last.map(PeerState::address),
                            present.contains(index),
                            self ? exchange.held() : last.map(PeerState::held).orElse(false),
                            self ? Optional.of(now) : last.map(it -> company.lastSign(index, now)));
                })
                .toList();
    }
}
