package io.livepatch.fleet.replica;

import io.livepatch.fleet.figures.Figures;
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
record Viewing(
        ReplicaSettings settings,
        Flocks flocks,
        Company company,
        Knowledge knowledge,
        Exchange exchange,
        InstantSource clock) {

    /**
     * All of it.
     *
     * @param fresh of whom the latest is known
     */
    RunView of(NavigableSet<Integer> fresh) {
        Knowledge known = exchange.current();
        Set<UUID> alive = company.alive();
        List<Shortfall> shortfalls = Absence.join(known.attendance().all(), alive);
        return new RunView(
                settings.run(),
                company.without(fresh),
                known.orders().all().stream()
                        .map(order -> flock(order, known.shares(), alive))
                        .toList(),
                shortfalls,
                Shortfall.belowTarget(shortfalls),
                known.marks().all(),
                replicas());
    }

    private FlockView flock(Order order, Shares shares, Set<UUID> alive) {
        Figures figures = shares.sum(order, alive);
        return new FlockView(
                flocks.of(order),
                order.flock(),
                order.begin(),
                state(order, shares, alive),
                figures,
                shares.problems(order.id()));
    }

    private FlockView.State state(Order order, Shares shares, Set<UUID> alive) {
        if (order.stopped()) {
            return FlockView.State.STOPPED;
        }
        if (clock.instant().plus(company.ahead()).isBefore(order.begin())) {
            return FlockView.State.WAITING;
        }
        boolean ended = alive.stream()
                .allMatch(process -> shares.ended(order.id(), process).orElse(false));
        return ended ? FlockView.State.ENDED : FlockView.State.RUNNING;
    }

    private List<ReplicaInfo> replicas() {
        Set<Integer> present = company.present();
        Map<Integer, Heard> heard = company.heard();
        Instant now = clock.instant().plus(company.ahead());
        return IntStream.range(0, settings.count())
                .mapToObj(index -> {
                    boolean self = index == settings.index();
                    Optional<Heard> last = Optional.ofNullable(heard.get(index));
                    return new ReplicaInfo(
                            index,
                            self ? Optional.of(settings.address()) : last.map(Heard::address),
                            present.contains(index),
                            self ? exchange.held() : last.map(Heard::held).orElse(false),
                            self ? Optional.of(now) : last.map(it -> company.lastSign(index, now)));
                })
                .toList();
    }
}
