package io.livepatch.fleet.replica;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.FlockRuns;
import io.livepatch.fleet.stats.RunStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this process runs: it follows the orders, with the share that a division gives it. Thread-safe. */
final class LocalRuns {
    private static final Logger log = LoggerFactory.getLogger(LocalRuns.class);

    private final FlockRuns runs;
    private final FlockCache flockCache;
    private final Map<String, LocalRun> byOrder = new HashMap<>();
    private final List<Thread> ends = new ArrayList<>();
    private @Nullable FlockPartition flockPartition;
    private long sequence;

    LocalRuns(FlockRuns runs, FlockCache flockCache) {
        this.runs = runs;
        this.flockCache = flockCache;
    }

    /**
     * Starts, refreshes, divides and stops, as far as that has not been done.
     *
     * @param ahead how far the clock of the orders is ahead of ours
     */
    synchronized void follow(Collection<FlockCommand> orders, FlockPartition now, Duration ahead) {
        divide(now);
        Set<String> ids = orders.stream().map(FlockCommand::id).collect(Collectors.toSet());
        byOrder.entrySet().removeIf(entry -> !ids.contains(entry.getKey()) && end(entry.getValue()));
        for (FlockCommand order : orders) {
            LocalRun local = byOrder.get(order.id());
            if (local == null && !order.stopped()) {
                byOrder.put(order.id(), start(order, now, ahead));
            } else if (local != null) {
                local.refresh(order.refreshes());
                if (order.stopped()) {
                    end(local);
                }
            }
        }
    }

    /** Who else is there; those who are not in it do nothing. */
    synchronized void divide(FlockPartition now) {
        if (!now.equals(flockPartition)) {
            flockPartition = now;
            byOrder.values().forEach(local -> local.run().ifPresent(run -> run.divide(now)));
        }
    }

    private LocalRun start(FlockCommand order, FlockPartition now, Duration ahead) {
        try {
            FlockRun run = runs.start(flockCache.of(order), now, order.begin().minus(ahead));
            return new LocalRun(order, Optional.of(run), Optional.empty());
        } catch (RuntimeException e) {
            log.error("flock '{}' cannot be run here", order.name(), e);
            return new LocalRun(order, Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
        }
    }

    /** In a thread of its own, since turns that are under way may take their time. */
    private boolean end(LocalRun local) {
        local.end().ifPresent(ends::add);
        ends.removeIf(thread -> !thread.isAlive());
        return true;
    }

    /** What has been done here so far. */
    synchronized List<Share> shares(UUID incarnation) {
        sequence++;
        return byOrder.values().stream()
                .map(local -> local.share(incarnation, sequence))
                .toList();
    }

    synchronized Optional<FlockRun> find(String order) {
        return Optional.ofNullable(byOrder.get(order)).flatMap(LocalRun::run);
    }

    /** Whether anything may still be done. */
    synchronized boolean busy() {
        return byOrder.values().stream().anyMatch(local -> !local.ended());
    }

    /** Ends all that runs; what was done stays known. */
    void close() {
        List<Thread> waiting;
        synchronized (this) {
            byOrder.values().forEach(this::end);
            waiting = List.copyOf(ends);
        }
        try {
            for (Thread end : waiting) {
                end.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One flock, from when it was begun here; without a run if it could not be. */
    private static final class LocalRun {
        private final FlockCommand order;
        private final Optional<FlockRun> run;
        private final Optional<String> problem;
        private long refreshes;
        private @Nullable Thread end;

        LocalRun(FlockCommand order, Optional<FlockRun> run, Optional<String> problem) {
            this.order = order;
            this.run = run;
            this.problem = problem;
            this.refreshes = order.refreshes();
        }

        Optional<FlockRun> run() {
            return run;
        }

        void refresh(long wanted) {
            if (wanted > refreshes) {
                refreshes = wanted;
                run.ifPresent(FlockRun::refresh);
            }
        }

        Optional<Thread> end() {
            if (end != null || run.isEmpty()) {
                return Optional.empty();
            }
            Thread thread = Thread.ofVirtual().name("end-of-" + order.name()).start(run.orElseThrow()::close);
            end = thread;
            return Optional.of(thread);
        }

        boolean ended() {
            return end == null ? run.map(FlockRun::ended).orElse(true) : !end.isAlive();
        }

        Share share(UUID incarnation, long sequence) {
            // Asked first: what is done in between then comes with the next share.
            boolean ended = ended();
            RunStats runStats = run.map(FlockRun::figures).orElseGet(() -> RunStats.none(order.name(), order.begin()));
            return new Share(order.id(), incarnation, sequence, ended, problem, false, runStats.since(order.begin()));
        }
    }
}
