package io.livepatch.fleet.division;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Work;
import java.util.List;
import java.util.stream.Collectors;

/** What {@link Timetable#text} says. */
final class TimetableText {
    /** More is read by nobody. */
    private static final int MOST_BATCHES = 20;

    private final Timetable timetable;
    private final Flock flock;
    private final Division division;

    TimetableText(Timetable timetable) {
        this.timetable = timetable;
        this.flock = timetable.flock();
        this.division = timetable.division();
    }

    String text() {
        String load = switch (flock.load()) {
            case Load.Closed _ -> closed();
            case Load.Open open -> new RateText(flock, open, division).text();
        };
        return title() + "\n" + batches() + "\n" + load;
    }

    private String title() {
        return "flock %s: %s, %s, %s\n"
                .formatted(
                        flock.name(),
                        number(flock.count(), "machine"),
                        flock.work().type(),
                        replicas());
    }

    private String replicas() {
        String present = division.present().stream().map(String::valueOf).collect(Collectors.joining(", "));
        String all = number(division.replicas(), "replica");
        return division.present().size() == division.replicas() ? all : all + ", present " + present;
    }

    private static String number(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private String batches() {
        Table table = new Table(division, List.of("batch", "begins"));
        int all = timetable.batches();
        int shown = all <= MOST_BATCHES ? all : MOST_BATCHES - 1;
        for (int batch = 0; batch < shown; batch++) {
            int number = batch;
            table.row(
                    List.of(String.valueOf(batch + 1), begin(batch)),
                    replica -> cell(timetable.batch(number, replica)),
                    String.valueOf(timetable.size(batch)));
        }
        if (shown < all) {
            String when = "%s to %s".formatted(begin(shown), begin(all - 1));
            sum(
                    table,
                    List.of("%d to %d".formatted(shown + 1, all), when),
                    shown * flock.batches().size());
        }
        sum(table, List.of("all", ""), 0);
        return table.text();
    }

    private String begin(int batch) {
        return GoDuration.print(flock.batches().pause().multipliedBy(batch));
    }

    private void sum(Table table, List<String> front, int from) {
        long[] shares = division.shares(from, flock.count());
        table.row(front, replica -> String.valueOf(shares[replica]), String.valueOf(flock.count() - from));
    }

    private static String cell(Timetable.Batch batch) {
        String first = batch.first().stream().map(String::valueOf).collect(Collectors.joining(" "));
        boolean more = batch.monkeys() > batch.first().size();
        return batch.monkeys() == 0 ? "-" : "%d: %s%s".formatted(batch.monkeys(), first, more ? " …" : "");
    }

    private String closed() {
        Work.Pace pace = flock.work().pace();
        String after = pace.restart()
                ? "%s after one that failed".formatted(GoDuration.print(pace.errorIdle()))
                : "and not at all after one that failed";
        String end = flock.duration()
                .map(duration -> ", until " + GoDuration.print(duration))
                .orElse("");
        return "  a machine's next turn begins %s after a turn, %s%s\n"
                .formatted(GoDuration.print(pace.idle()), after, end);
    }
}
