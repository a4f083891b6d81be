package io.livepatch.fleet.division;

import io.livepatch.common.config.GoDuration;
import io.livepatch.fleet.flock.ArrivalCurve;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.flock.Load.Stage;
import io.livepatch.fleet.flock.Rate;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;

/** The part of {@link StartScheduleText} that tells how an open load is divided. */
final class RateText {
    private final Flock flock;
    private final Load.Open load;
    private final RateShares shares;
    private final TextTable textTable;

    RateText(Flock flock, Load.Open load, FlockPartition flockPartition) {
        this.flock = flock;
        this.load = load;
        this.shares = RateShares.of(load, flockPartition, flock.count());
        this.textTable = new TextTable(flockPartition, List.of("turns a second"));
    }

    String text() {
        Duration end = Duration.ZERO;
        for (int i = 0; i < load.stages().size(); i++) {
            int stage = i;
            Duration begin = end;
            end = begin.plus(load.stages().get(i).length());
            textTable.row(
                    List.of("%s to %s".formatted(GoDuration.print(begin), GoDuration.print(end))),
                    replica -> rate(shares.of(replica).stages().get(stage)),
                    rate(load.stages().get(i)));
        }
        if (flock.duration().isEmpty() || flock.duration().get().compareTo(end) > 0) {
            textTable.row(
                    List.of("from " + GoDuration.print(end)),
                    replica -> rate(shares.of(replica).stages().getLast().to()),
                    rate(load.stages().getLast().to()));
        }
        return textTable.text() + due();
    }

    private String due() {
        String when = load.arrivals() == Load.Arrivals.POISSON ? "at random" : "evenly";
        return flock.duration()
                .map(duration -> "  %d turns are due %s in %s\n"
                        .formatted(
                                Math.round(ArrivalCurve.of(load).iterations(duration)),
                                when,
                                GoDuration.print(duration)))
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
