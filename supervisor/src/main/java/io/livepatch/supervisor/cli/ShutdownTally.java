package io.livepatch.supervisor.cli;

import io.livepatch.supervisor.PoolEvent;
import io.livepatch.supervisor.PoolListener;
import io.livepatch.supervisor.WorkerState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** How the end went: who ended, who had to be killed, and how long it took. Safe for use by any thread. */
final class ShutdownTally implements PoolListener {

    private final InstantSource clock;
    private final Set<String> killed = new HashSet<>();
    private final Set<String> stopped = new HashSet<>();
    private int ended;
    private int cut;
    private Duration longest = Duration.ZERO;
    private String slowest = "";
    private Instant began = Instant.MAX;

    ShutdownTally(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void begin() {
        began = clock.instant();
    }

    @Override
    public synchronized void heard(String pool, PoolEvent event) {
        if (began.equals(Instant.MAX)) {
            return;
        }
        switch (event) {
            case PoolEvent.Killed(var worker) -> killed.add(worker.id());
            case PoolEvent.Drained(var worker, var took, int requests) -> cut += requests;
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
     * Waits until the stop of all of these was heard of, which is the last thing that is heard of a worker: events travel on a
     * thread of their own, and may come after the end of whom they tell.
     */
    synchronized void await(Set<String> workers, Duration atMost) throws InterruptedException {
        Instant late = clock.instant().plus(atMost);
        long left = atMost.toMillis();
        while (left > 0 && !stopped.containsAll(workers)) {
            wait(left);
            left = Duration.between(clock.instant(), late).toMillis();
        }
    }

    synchronized int killed() {
        return killed.size();
    }

    /** The last line of a supervisor's log. */
    synchronized String summary() {
        String who = slowest.isEmpty() ? "" : ", the slowest '%s' in %s".formatted(slowest, seconds(longest));
        String requests = cut == 0 ? "" : ", %d requests cut".formatted(cut);
        return "%d %s ended in %s%s; %d had to be killed%s%s"
                .formatted(
                        ended,
                        ended == 1 ? "worker" : "workers",
                        seconds(Duration.between(began, clock.instant())),
                        who,
                        killed.size(),
                        killed.isEmpty() ? "" : " " + killed.stream().sorted().toList(),
                        requests);
    }

    private static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }
}
