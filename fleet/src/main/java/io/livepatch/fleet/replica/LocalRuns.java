package io.livepatch.fleet.replica;

import io.livepatch.fleet.division.FlockPartition;
import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.replica.FlockCommands.FlockCache;
import io.livepatch.fleet.replica.FlockCommands.FlockCommand;
import io.livepatch.fleet.replica.Shares.Share;
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

/** The flock runs of this process: applies commands, with the share that the partition gives this replica. Thread-safe. */
final class LocalRuns {
    private static final Logger log = LoggerFactory.getLogger(LocalRuns.class);

    private final FlockRun.Starter starter;
    private final FlockCache flocks;
    private final Map<String, LocalRun> byCommand = new HashMap<>();
    private final List<Thread> ends = new ArrayList<>();
    private @Nullable FlockPartition partition;
    private long sequence;

    LocalRuns(FlockRun.Starter starter, FlockCache flocks) {
        this.starter = starter;
        this.flocks = flocks;
    }

    /**
     * Starts, refreshes, divides and stops runs. Idempotent.
     *
     * @param clockOffset how far the commands' clock is ahead of this process's
     */
    synchronized void apply(Collection<FlockCommand> commands, FlockPartition now, Duration clockOffset) {
        divide(now);
        Set<String> ids = commands.stream().map(FlockCommand::id).collect(Collectors.toSet());
        byCommand.entrySet().removeIf(entry -> !ids.contains(entry.getKey()) && end(entry.getValue()));
        for (FlockCommand command : commands) {
            LocalRun local = byCommand.get(command.id());
            if (local == null && !command.stopped()) {
                byCommand.put(command.id(), start(command, now, clockOffset));
            } else if (local != null) {
                local.refresh(command.refreshes());
                if (command.stopped()) {
                    end(local);
                }
            }
        }
    }

    synchronized void divide(FlockPartition now) {
        if (!now.equals(partition)) {
            partition = now;
            byCommand.values().forEach(local -> local.run().ifPresent(run -> run.divide(now)));
        }
    }

    private LocalRun start(FlockCommand command, FlockPartition now, Duration clockOffset) {
        try {
            FlockRun run =
                    starter.start(flocks.of(command), now, command.begin().minus(clockOffset));
            return new LocalRun(command, Optional.of(run), Optional.empty());
        } catch (RuntimeException e) {
            log.error("cannot run flock '{}' here", command.name(), e);
            return new LocalRun(command, Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
        }
    }

    /** In a thread of its own, since running iterations may take long. */
    private boolean end(LocalRun local) {
        local.end().ifPresent(ends::add);
        ends.removeIf(thread -> !thread.isAlive());
        return true;
    }

    synchronized List<Share> shares(UUID incarnation) {
        sequence++;
        return byCommand.values().stream()
                .map(local -> local.share(incarnation, sequence))
                .toList();
    }

    synchronized Optional<FlockRun> find(String command) {
        return Optional.ofNullable(byCommand.get(command)).flatMap(LocalRun::run);
    }

    /** Whether any run has not ended. */
    synchronized boolean busy() {
        return byCommand.values().stream().anyMatch(local -> !local.ended());
    }

    /** Ends all runs, and keeps their statistics. */
    void close() {
        List<Thread> waiting;
        synchronized (this) {
            byCommand.values().forEach(this::end);
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

    /** A flock that was begun here; without a run if that failed. */
    private static final class LocalRun {
        private final FlockCommand command;
        private final Optional<FlockRun> run;
        private final Optional<String> problem;
        private long refreshes;
        private @Nullable Thread end;

        LocalRun(FlockCommand command, Optional<FlockRun> run, Optional<String> problem) {
            this.command = command;
            this.run = run;
            this.problem = problem;
            this.refreshes = command.refreshes();
        }

        Optional<FlockRun> run() {
            return run;
        }

        void refresh(long count) {
            if (count > refreshes) {
                refreshes = count;
                run.ifPresent(FlockRun::refresh);
            }
        }

        Optional<Thread> end() {
            if (end != null || run.isEmpty()) {
                return Optional.empty();
            }
            Thread thread = Thread.ofVirtual().name("end-of-" + command.name()).start(run.orElseThrow()::close);
            end = thread;
            return Optional.of(thread);
        }

        boolean ended() {
            return end == null ? run.map(FlockRun::ended).orElse(true) : !end.isAlive();
        }

        Share share(UUID incarnation, long sequence) {
            // Before the statistics: an iteration that ends in between is part of the next share.
            boolean ended = ended();
            RunStats stats = run.map(FlockRun::stats).orElseGet(() -> RunStats.none(command.name(), command.begin()));
            return new Share(
                    command.id(), incarnation, sequence, ended, problem, false, stats.withBegin(command.begin()));
        }
    }
}
