package io.livepatch.fleet.division;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Workload;
import java.util.List;
import java.util.stream.Collectors;

/** What {@link StartSchedule#text} says. */
final class StartScheduleText {
    /** More is read by nobody. */
    private static final int MOST_BATCHES = 20;

    private final StartSchedule startSchedule;
    private final Flock flock;
    private final FlockPartition flockPartition;

    StartScheduleText(StartSchedule startSchedule) {
        this.startSchedule = startSchedule;
        this.flock = startSchedule.flock();
        this.flockPartition = startSchedule.division();
    }

    String text() {
        String load = switch (flock.load()) {
            case Load.Closed _ -> closed();
            case Load.Open open -> new RateText(flock, open, flockPartition).text();
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
        String present = flockPartition.present().stream().map(String::valueOf).collect(Collectors.joining(", "));
        String all = number(flockPartition.replicas(), "replica");
        return flockPartition.present().size() == flockPartition.replicas() ? all : all + ", present " + present;
    }

    private static String number(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private String batches() {
        TextTable textTable = new TextTable(flockPartition, List.of("batch", "begins"));
        int all = startSchedule.batches();
        int shown = all <= MOST_BATCHES ? all : MOST_BATCHES - 1;
        for (int batch = 0; batch < shown; batch++) {
            int number = batch;
            textTable.row(
                    List.of(String.valueOf(batch + 1), begin(batch)),
                    replica -> cell(startSchedule.batch(number, replica)),
                    String.valueOf(startSchedule.size(batch)));
        }
        if (shown < all) {
            String when = "%s to %s".formatted(begin(shown), begin(all - 1));
            sum(
                    textTable,
                    List.of("%d to %d".formatted(shown + 1, all), when),
                    shown * flock.batches().size());
        }
        sum(textTable, List.of("all", ""), 0);
        return textTable.text();
    }

    private String begin(int batch) {
        return GoDuration.print(flock.batches().pause().multipliedBy(batch));
    }

    private void sum(TextTable textTable, List<String> front, int from) {
        long[] shares = flockPartition.shares(from, flock.count());
        textTable.row(front, replica -> String.valueOf(shares[replica]), String.valueOf(flock.count() - from));
    }

    private static String cell(StartSchedule.Batch batch) {
        String first = batch.first().stream().map(String::valueOf).collect(Collectors.joining(" "));
        boolean more = batch.monkeys() > batch.first().size();
        return batch.monkeys() == 0 ? "-" : "%d: %s%s".formatted(batch.monkeys(), first, more ? " …" : "");
    }

    private String closed() {
        Workload.Pace pace = flock.work().pace();
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
