package io.livepatch.charm.balancer;

import io.livepatch.haproxy.runtime.ApplyResult;
import io.livepatch.haproxy.runtime.Haproxy;
import io.livepatch.supervisor.Balancer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.SupervisorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One haproxy in front of one pool. */
final class HaproxyBalancer implements Balancer {
    private final Lineup lineup;
    private final Orders orders;
    private final HaproxyProcess process;
    private final Quarters quarters;

    private HaproxyBalancer(Lineup lineup, Orders orders, HaproxyProcess process, Quarters quarters) {
        this.lineup = lineup;
        this.orders = orders;
        this.process = process;
        this.quarters = quarters;
    }

    /** A balancer whose haproxy is being started and has no server yet. */
    static Balancer open(PoolSpec pool, Listening.Proxied mode, Path directory, Path binary) {
        Quarters quarters = Quarters.in(directory);
        try {
            Front front = Front.of(pool.name(), mode, quarters.paths());
            Haproxy haproxy = new Haproxy(binary, quarters.configuration(), quarters.masterSocket());
            begin(pool, haproxy, front, quarters.configuration());
            Lineup lineup = new Lineup(front, haproxy, InstantSource.system());
            Orders orders = new Orders(pool.name(), lineup);
            HaproxyProcess process = HaproxyProcess.start(
                    haproxy,
                    quarters.masterSocket(),
                    quarters.log(),
                    () -> orders.give(new CompletableFuture<>(), lineup::unsettle));
            return new HaproxyBalancer(lineup, orders, process, quarters);
        } catch (RuntimeException e) {
            quarters.close();
            throw e;
        }
    }

    /** Replaces the configuration that an earlier run left, which names workers that have ended and ports that may be taken by now. */
    private static void begin(PoolSpec pool, Haproxy haproxy, Front front, Path configuration) {
        try {
            Files.deleteIfExists(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete '" + configuration + "': " + e.getMessage(), e);
        }
        if (haproxy.apply(front.with(List.of())) instanceof ApplyResult.Refused(List<String> problems)) {
            throw new SupervisorException.Refused("haproxy cannot stand in front of pool '%s': %s"
                    .formatted(pool.name(), String.join("; ", problems)));
        }
    }

    @Override
    public CompletionStage<Void> enter(Target worker) {
        CompletableFuture<Void> entered = new CompletableFuture<>();
        orders.give(entered, () -> lineup.enter(worker, entered));
        return entered;
    }

    @Override
    public CompletionStage<Departure> leave(Target worker, Duration patience) {
        CompletableFuture<Departure> gone = new CompletableFuture<>();
        orders.give(gone, () -> lineup.leave(worker, patience, gone));
        return gone;
    }

    @Override
    public void remove(Target worker) {
        orders.give(new CompletableFuture<>(), () -> lineup.remove(worker));
    }

    @Override
    public CompletionStage<List<Long>> requests(List<Target> workers) {
        CompletableFuture<List<Long>> answer = new CompletableFuture<>();
        orders.give(answer, () -> answer.complete(lineup.requests(workers)));
        return answer;
    }

    @Override
    public void close() {
        orders.close();
        process.close();
        quarters.close();
    }
}
