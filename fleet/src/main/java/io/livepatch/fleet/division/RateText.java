package io.livepatch.fleet.division;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Plan;
import io.livepatch.fleet.flock.Rate;
import io.livepatch.fleet.flock.Stage;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;

/** The part of {@link TimetableText} that tells how an open load is divided. */
final class RateText {
    private final Flock flock;
    private final Load.Open load;
    private final RateShares shares;
    private final Table table;

    RateText(Flock flock, Load.Open load, Division division) {
        this.flock = flock;
        this.load = load;
        this.shares = RateShares.of(load, division, flock.count());
        this.table = new Table(division, List.of("turns a second"));
    }

    String text() {
        Duration end = Duration.ZERO;
        for (int i = 0; i < load.stages().size(); i++) {
            int stage = i;
            Duration begin = end;
            end = begin.plus(load.stages().get(i).length());
            table.row(
                    List.of("%s to %s".formatted(GoDuration.print(begin), GoDuration.print(end))),
                    replica -> rate(shares.of(replica).stages().get(stage)),
                    rate(load.stages().get(i)));
        }
        if (flock.duration().isEmpty() || flock.duration().get().compareTo(end) > 0) {
            table.row(
                    List.of("from " + GoDuration.print(end)),
                    replica -> rate(shares.of(replica).stages().getLast().to()),
                    rate(load.stages().getLast().to()));
        }
        return table.text() + due();
    }

    private String due() {
        String when = load.arrivals() == Load.Arrivals.POISSON ? "at random" : "evenly";
        return flock.duration()
                .map(duration -> "  %d turns are due %s in %s\n"
                        .formatted(Math.round(Plan.of(load).turns(duration)), when, GoDuration.print(duration)))
                .orElse("  turns are due %s until the flock is stopped\n".formatted(when));
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
}
