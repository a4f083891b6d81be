package io.livepatch.fleet.verdict;

import io.livepatch.fleet.figures.Figures;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Threshold;
import java.util.List;

/**
 * What a run has shown.
 *
 * @param warnings reasons to doubt the numbers; they fail nothing
 */
public record Verdict(List<Check> checks, List<String> warnings) {
    /** What is asked of a flock that names nothing. */
    public static final Threshold NO_ERRORS = Threshold.parse("errors == 0");

    public Verdict {
        checks = List.copyOf(checks);
        warnings = List.copyOf(warnings);
    }

    public static Verdict of(Flock flock, Figures figures) {
        return of(flock, figures, flock.thresholds().isEmpty() ? List.of(NO_ERRORS) : flock.thresholds());
    }

    /** Against other thresholds than the flock's own. */
    public static Verdict of(Flock flock, Figures figures, List<Threshold> thresholds) {
        Judge judge = new Judge(figures);
        return new Verdict(thresholds.stream().map(judge::check).toList(), Doubts.about(flock, figures));
    }

    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }
}
