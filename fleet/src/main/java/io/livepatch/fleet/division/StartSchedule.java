package io.livepatch.fleet.division;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Workload;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * When each replica begins which monkeys of a flock. Batches are the whole flock's: each replica begins its monkeys of a batch at the moment at
 * which all others do, and skips a batch that has none of its monkeys.
 */
public record StartSchedule(Flock flock, FlockPartition partition) {
    private static final int MAX_LISTED = 3;

    /**
     * One batch of a replica.
     *
     * @param number of the whole flock's batch, from 0
     * @param begin after the common start
     * @param monkeys how many
     * @param first the lowest of their numbers, at most three
     */
    public record Batch(int number, Duration begin, int monkeys, List<Integer> first) {
        public Batch {
            first = List.copyOf(first);
        }
    }

    /** The batches of a replica that are not empty, in order. */
    public List<Batch> of(int replica) {
        return IntStream.range(0, batches())
                .mapToObj(number -> batch(number, replica))
                .filter(batch -> batch.monkeys() > 0)
                .toList();
    }

    private int batches() {
        return (flock.count() - 1) / flock.batches().size() + 1;
    }

    private Batch batch(int number, int replica) {
        int from = from(number);
        int monkeys = Math.toIntExact(partition.shares(from, to(number))[replica]);
        List<Integer> first = IntStream.range(from, to(number))
                .filter(monkey -> partition.owner(monkey) == replica)
                .limit(Math.min(MAX_LISTED, monkeys))
                .boxed()
                .toList();
        return new Batch(number, flock.batches().begin(from), monkeys, first);
    }

    private int from(int number) {
        return number * flock.batches().size();
    }

    private int to(int number) {
        return (int) Math.min((long) from(number) + flock.batches().size(), flock.count());
    }

    /** For people: a table of batches and one of rates, with a column for each present replica and one for the total. */
    public String text() {
        return new Text().text();
    }

    private final class Text {
        private static final int MAX_BATCHES = 20;

        String text() {
            String load = switch (flock.load()) {
                case Load.Closed _ -> closed();
                case Load.Open open -> rates(open) + due(open);
            };
            return "flock %s: %s, %s, %s\n\n%s\n%s"
                    .formatted(
                            flock.name(),
                            number(flock.count(), "machine"),
                            flock.work().type(),
                            replicas(),
                            batchTable(),
                            load);
        }

        private String replicas() {
            String all = number(partition.replicas(), "replica");
            return partition.present().size() == partition.replicas()
                    ? all
                    : all + ", present "
                            + partition.present().stream().map(String::valueOf).collect(Collectors.joining(", "));
        }

        private static String number(int number, String what) {
            return number + " " + what + (number == 1 ? "" : "s");
        }

        private String batchTable() {
            List<List<String>> rows = new ArrayList<>();
            rows.add(head("batch", "begins"));
            int all = batches();
            int shown = all <= MAX_BATCHES ? all : MAX_BATCHES - 1;
            for (int i = 0; i < shown; i++) {
                int batch = i;
                rows.add(row(
                        List.of(String.valueOf(batch + 1), begin(batch)),
                        replica -> cell(batch(batch, replica)),
                        String.valueOf(to(batch) - from(batch))));
            }
            if (shown < all) {
                String begins = "%s to %s".formatted(begin(shown), begin(all - 1));
                rows.add(sum(List.of("%d to %d".formatted(shown + 1, all), begins), from(shown)));
            }
            rows.add(sum(List.of("all", ""), 0));
            return table(rows);
        }

        private String begin(int batch) {
            return GoDuration.print(flock.batches().pause().multipliedBy(batch));
        }

        private List<String> sum(List<String> front, int from) {
            long[] shares = partition.shares(from, flock.count());
            return row(front, replica -> String.valueOf(shares[replica]), String.valueOf(flock.count() - from));
        }

        private static String cell(Batch batch) {
            String first = batch.first().stream().map(String::valueOf).collect(Collectors.joining(" "));
            boolean more = batch.monkeys() > batch.first().size();
            return batch.monkeys() == 0 ? "-" : "%d: %s%s".formatted(batch.monkeys(), first, more ? " …" : "");
        }

        private String closed() {
            Workload.Pace pace = flock.work().pace();
            String afterFailure = pace.restart()
                    ? "%s after a failure".formatted(GoDuration.print(pace.errorIdle()))
                    : "never after a failure";
            String end = flock.duration()
                    .map(duration -> ", until " + GoDuration.print(duration))
                    .orElse("");
            return "  each machine repeats its iteration after %s, %s%s\n"
                    .formatted(GoDuration.print(pace.idle()), afterFailure, end);
        }

        private String rates(Load.Open load) {
            List<Load.Open> shares = RateShares.of(load, partition, flock.count());
            List<List<String>> rows = new ArrayList<>();
            rows.add(head("iterations/s"));
            Duration end = Duration.ZERO;
            for (int i = 0; i < load.stages().size(); i++) {
                int stage = i;
                Duration begin = end;
                end = begin.plus(load.stages().get(i).length());
                rows.add(row(
                        List.of("%s to %s".formatted(GoDuration.print(begin), GoDuration.print(end))),
                        replica -> rate(shares.get(replica).stages().get(stage)),
                        rate(load.stages().get(i))));
            }
            if (flock.duration().isEmpty() || flock.duration().get().compareTo(end) > 0) {
                rows.add(row(
                        List.of("from " + GoDuration.print(end)),
                        replica -> rate(shares.get(replica).stages().getLast().to()),
                        rate(load.stages().getLast().to())));
            }
            return table(rows);
        }

        private String due(Load.Open load) {
            String arrivals = load.arrivals() == Load.Arrivals.POISSON ? "at random" : "evenly";
            return flock.duration()
                    .map(duration -> "  %d iterations are due %s in %s\n"
                            .formatted(
                                    Math.round(ArrivalCurve.of(load).iterations(duration)),
                                    arrivals,
                                    GoDuration.print(duration)))
                    .orElse("  iterations are due %s until the flock is stopped\n".formatted(arrivals));
        }

        private static String rate(Stage stage) {
            return stage.from().equals(stage.to())
                    ? rate(stage.from())
                    : "%s to %s".formatted(rate(stage.from()), rate(stage.to()));
        }

        private static String rate(Rate rate) {
            return BigDecimal.valueOf(rate.perThousandSeconds(), 3)
                    .stripTrailingZeros()
                    .toPlainString();
        }

        private List<String> head(String... front) {
            return row(List.of(front), replica -> "replica " + replica, "total");
        }

        private List<String> row(List<String> front, IntFunction<String> each, String total) {
            return Stream.of(front.stream(), partition.present().stream().map(each::apply), Stream.of(total))
                    .flatMap(cells -> cells)
                    .toList();
        }

        private static String table(List<List<String>> rows) {
            int[] widths = IntStream.range(0, rows.getFirst().size())
                    .map(column -> rows.stream()
                            .mapToInt(row -> row.get(column).length())
                            .max()
                            .orElse(0))
                    .toArray();
            return rows.stream()
                    .map(row -> IntStream.range(0, widths.length)
                            .mapToObj(column -> "  " + row.get(column)
                                    + " "
                                            .repeat(widths[column]
                                                    - row.get(column).length()))
                            .collect(Collectors.joining())
                            .stripTrailing())
                    .collect(Collectors.joining("\n", "", "\n"));
        }
    }
}
