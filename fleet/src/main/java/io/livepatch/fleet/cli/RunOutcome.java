package io.livepatch.fleet.cli;

import io.livepatch.fleet.replica.LoadGap;
import io.livepatch.fleet.replica.RunView;
import io.livepatch.fleet.report.RunReport;
import io.livepatch.fleet.report.RunReport.Environment;
import io.livepatch.fleet.report.RunReport.Event;
import io.livepatch.fleet.report.RunReport.FlockReport;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What became of a run, as a report. */
final class RunOutcome {
    private RunOutcome() {}

    /**
     * Of the whole run as a replica sees it.
     *
     * @param name of the configuration
     * @param end when the last turn had ended
     * @param others what happened to the stack meanwhile
     */
    static RunReport of(RunView view, String name, Instant end, List<Event> others) {
        Instant begin = view.flocks().stream()
                .map(flock -> flock.begin())
                .min(Comparator.naturalOrder())
                .orElse(end);
        List<Event> events = Stream.concat(
                        view.marks().stream().map(mark -> new Event(mark.at(), mark.text(), "mark")), others.stream())
                .filter(event -> !event.at().isBefore(begin) && !event.at().isAfter(end))
                .sorted(Comparator.comparing(Event::at))
                .toList();
        return new RunReport(
                name,
                begin,
                end.isBefore(begin) ? begin : end,
                view.replicas().size(),
                view.flocks().stream()
                        .map(flock -> FlockReport.of(flock.flock(), flock.figures()))
                        .toList(),
                view.shortfalls().stream()
                        .map(shortfall -> shortfall(shortfall, end))
                        .toList(),
                events,
                Environment.here());
    }

    private static RunReport.Shortfall shortfall(LoadGap seen, Instant end) {
        Instant covered = seen.covered().isAfter(end) ? end : seen.covered();
        return new RunReport.Shortfall(seen.from(), covered, seen.to().orElse(end), Set.of(seen.replica()));
    }
}
