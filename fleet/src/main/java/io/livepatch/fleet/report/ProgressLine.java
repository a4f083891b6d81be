package io.livepatch.fleet.report;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.RunStats.SecondStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.PlannedLoad;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The progress of a run: one line that is redrawn on a terminal, or a line every ten seconds elsewhere. For one thread, which calls
 * {@link #show} about every second.
 */
public final class ProgressLine implements AutoCloseable {
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);
    private static final String ERASE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private Instant shown = Instant.MIN;

    public ProgressLine(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    public void show(Instant now, Flock flock, RunStats runStats) {
        if (terminal) {
            out.print(ERASE + text(now, flock, runStats));
            out.flush();
        } else if (shown.equals(Instant.MIN) || !now.isBefore(shown.plus(LOG_INTERVAL))) {
            shown = now;
            out.println(text(now, flock, runStats));
        }
    }

    /** {@code office 0:42, 1:18 left: 199 /s of 200 /s, p99 8.95 ms, 0 errors, 12 refusals, 1,000 machines}. */
    static String text(Instant now, Flock flock, RunStats runStats) {
        Duration since = Duration.between(runStats.begin(), now);
        if (since.isNegative()) {
            return "%s begins in %s"
                    .formatted(
                            flock.name(), ReportSentences.clock(since.negated().plusMillis(999)));
        }
        Optional<SecondStats> last = lastComplete(runStats.slots(), since.toSeconds());
        String rate = last.map(it -> NumberFormat.rate((double) it.done())).orElse("-");
        String plan = PlannedLoad.of(flock)
                .map(it -> " of " + NumberFormat.rate(Math.rint(it.between(since.toSeconds(), since.toSeconds() + 1))))
                .orElse("");
        String p99 = last.filter(it -> it.response().count() > 0)
                .map(it -> NumberFormat.time(it.response().percentile(99)))
                .orElse("-");
        return "%s %s%s: %s%s, p99 %s, %s, %s, %s"
                .formatted(
                        flock.name(),
                        ReportSentences.clock(since),
                        flock.duration().map(it -> left(it.minus(since))).orElse("")
                                + (since.compareTo(flock.warmUp()) < 0 ? ", warming up" : ""),
                        rate,
                        plan,
                        p99,
                        NumberFormat.count(runStats.iteration().failed(), "error"),
                        NumberFormat.count(runStats.iteration().refused(), "refusal"),
                        NumberFormat.count(runStats.generator().machines(), "machine"));
    }

    private static String left(Duration left) {
        return left.isPositive() ? ", %s left".formatted(ReportSentences.clock(left)) : ", ending";
    }

    // The current second is incomplete, so its rate would be too low.
    private static Optional<SecondStats> lastComplete(List<SecondStats> slots, long current) {
        return slots.reversed().stream()
                .filter(it -> it.second() < current)
                .findFirst()
                .filter(it -> it.second() == current - 1);
    }

    /** Keeps the last line. */
    @Override
    public void close() {
        if (terminal) {
            out.println();
        }
    }
}
