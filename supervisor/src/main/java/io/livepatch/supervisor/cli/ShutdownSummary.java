package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Counts the workers that ended or were killed during the shutdown, and measures its duration. Thread-safe. */
final class ShutdownSummary implements PoolEvent.Listener {

    private final InstantSource clock;
    private final Set<String> killed = new HashSet<>();
    private final Set<String> stopped = new HashSet<>();
    private int ended;
    private int cutRequests;
    private Duration longest = Duration.ZERO;
    private String slowest = "";
    private Instant began = Instant.MAX;

    ShutdownSummary(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void begin() {
        began = clock.instant();
    }

    @Override
    public synchronized void onEvent(String pool, PoolEvent event) {
        if (began.equals(Instant.MAX)) {
            return;
        }
        switch (event) {
            case PoolEvent.Killed(var worker) -> killed.add(worker.id());
            case PoolEvent.Drained(var worker, var took, int requests) -> cutRequests += requests;
            case PoolEvent.Ended(var worker, var status, var reason, var uptime, Duration stopping) -> {
                ended++;
                if (stopping.compareTo(longest) >= 0) {
                    longest = stopping;
                    slowest = worker.id();
                }
            }
            case PoolEvent.Changed(var worker, var before) -> {
                if (worker.state() == WorkerState.STOPPED) {
                    stopped.add(worker.id());
                    notifyAll();
                }
            }
            case PoolEvent.Restarted _, PoolEvent.Condemned _, PoolEvent.Recycled _, PoolEvent.GaveUp _ -> {}
        }
    }

    /**
     * Waits for the last event of each of these workers, which reports that it has stopped. Events are delivered on a thread of their
     * own and may arrive after the worker has ended.
     */
    synchronized void await(Set<String> workers, Duration timeout) throws InterruptedException {
        Instant deadline = clock.instant().plus(timeout);
        long left = timeout.toMillis();
        while (left > 0 && !stopped.containsAll(workers)) {
            wait(left);
            left = Duration.between(clock.instant(), deadline).toMillis();
        }
    }

    synchronized int killed() {
        return killed.size();
    }

    /** The last line of a supervisor's log. */
    synchronized String summary() {
        String slow = slowest.isEmpty() ? "" : ", the slowest '%s' in %s".formatted(slowest, seconds(longest));
        String requests = cutRequests == 0 ? "" : ", %d requests cut".formatted(cutRequests);
        return "%d %s ended in %s%s; %d had to be killed%s%s"
                .formatted(
                        ended,
                        ended == 1 ? "worker" : "workers",
                        seconds(Duration.between(began, clock.instant())),
                        slow,
                        killed.size(),
                        killed.isEmpty() ? "" : " " + killed.stream().sorted().toList(),
                        requests);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
