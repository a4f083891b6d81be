package io.livepatch.fleet.cli;

import io.livepatch.fleet.replica.Replica;
import io.livepatch.fleet.replica.RunView.FlockView;
import io.livepatch.fleet.report.ProgressLine;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Displays the progress of a run from {@link #start} to {@link #close}. */
final class ProgressDisplay implements AutoCloseable {
    /** A terminal line shows the flocks in turn. */
    private static final int SECONDS_PER_FLOCK = 3;

    private final Replica replica;
    private final InstantSource clock;
    private final PrintStream out;
    private final boolean terminal;
    private final Map<String, ProgressLine> lines = new HashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    private int ticks;

    private ProgressDisplay(Replica replica, FleetContext context) {
        this.replica = replica;
        this.clock = context.clock();
        this.out = context.progress();
        this.terminal = context.terminal();
    }

    static ProgressDisplay start(Replica replica, FleetContext context) {
        ProgressDisplay progressDisplay = new ProgressDisplay(replica, context);
        var _ = progressDisplay.timer.scheduleAtFixedRate(progressDisplay::show, 1, 1, TimeUnit.SECONDS);
        return progressDisplay;
    }

    private void show() {
        List<FlockView> flocks = replica.cachedView().activeFlocks();
        if (flocks.isEmpty()) {
            return;
        }
        if (terminal) {
            show(flocks.get(ticks / SECONDS_PER_FLOCK % flocks.size()), "");
        } else {
            flocks.forEach(flock -> show(flock, flock.flock().name()));
        }
        ticks++;
    }

    private void show(FlockView flock, String line) {
        lines.computeIfAbsent(line, _ -> new ProgressLine(out, terminal))
                .show(clock.instant(), flock.flock(), flock.stats());
    }

    @Override
    public void close() {
        timer.close();
        lines.values().forEach(ProgressLine::close);
    }
}
