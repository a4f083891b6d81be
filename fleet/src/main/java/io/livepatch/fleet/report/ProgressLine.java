package io.livepatch.fleet.report;

import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.stats.RunStats;
import io.livepatch.fleet.stats.SecondStats;
import io.livepatch.fleet.verdict.NumberFormat;
import io.livepatch.fleet.verdict.PlannedLoad;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How a run is getting on: on a terminal one line that is written anew each time, elsewhere a line each ten seconds, which is all that a log can bear.
 * For one thread, which calls {@link #show} about each second.
 */
public final class ProgressLine implements AutoCloseable {
    private static final Duration PACE = Duration.ofSeconds(10);
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
        } else if (shown.equals(Instant.MIN) || !now.isBefore(shown.plus(PACE))) {
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
        Optional<SecondStats> last = lastWhole(runStats.slots(), since.toSeconds());
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
                        NumberFormat.count(runStats.turn().failed(), "error"),
                        NumberFormat.count(runStats.turn().refused(), "refusal"),
                        NumberFormat.count(runStats.generator().machines(), "machine"));
    }

    private static String left(Duration left) {
        return left.isPositive() ? ", %s left".formatted(ReportSentences.clock(left)) : ", ending";
    }

    // The second that runs is not over, and would show a rate that is too low.
    private static Optional<SecondStats> lastWhole(List<SecondStats> slots, long running) {
        return slots.reversed().stream()
                .filter(it -> it.second() < running)
                .findFirst()
                .filter(it -> it.second() == running - 1);
    }

    /** Leaves the last line standing. */
    @Override
    public void close() {
        if (terminal) {
            out.println();
        }
    }
}
