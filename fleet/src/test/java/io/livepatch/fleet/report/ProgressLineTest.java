package io.livepatch.fleet.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.flock.Load;
import io.livepatch.fleet.stats.RunStats;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {
    private static final RunStats FIGURES = Runs.eventful("office");

    private static String at(double second) {
        return ProgressLine.text(moment(second), Reports.FLOCK, FIGURES);
    }

    private static Instant moment(double second) {
        return Runs.BEGIN.plusMillis(Math.round(second * 1000));
    }

    private static String shown(boolean terminal) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ProgressLine line = new ProgressLine(new PrintStream(out, true, UTF_8), terminal)) {
            for (int second = 1; second <= 21; second++) {
                line.show(moment(second), Reports.FLOCK, FIGURES);
            }
        }
        return out.toString(UTF_8);
    }

    @Test
    void lineHasTheLastCompleteSecondAndTheTimeLeft() {
        assertThat(at(61.5))
                .isEqualTo("office 1:01, 0:58 left: 20 /s of 200 /s, p99 13.0 ms, 6 errors, 12 refusals, 0 machines");
        assertThat(at(10.2)).startsWith("office 0:10, 1:49 left: 95 /s of 105 /s, ");
        assertThat(at(-4.5)).isEqualTo("office begins in 0:05");
        assertThat(at(125)).startsWith("office 2:05, ending: - of 0 /s, p99 -, ");
    }

    @Test
    void closedLoadHasNoTargetRate() {
        Flock flock = Runs.flock("office", new Load.Closed(), Duration.ofMinutes(2));

        assertThat(ProgressLine.text(moment(30), flock, FIGURES)).startsWith("office 0:30, 1:30 left: 200 /s, p99 ");
    }

    @Test
    void lineShowsTheWarmUp() {
        Flock flock = Runs.warming(Reports.FLOCK, Duration.ofSeconds(30));

        assertThat(ProgressLine.text(moment(29.9), flock, FIGURES)).startsWith("office 0:29, 1:30 left, warming up: ");
        assertThat(ProgressLine.text(moment(30), flock, FIGURES)).startsWith("office 0:30, 1:30 left: ");
    }

    @Test
    void terminalHasOneLineAndALogOneEveryTenSeconds() {
        assertThat(shown(true).lines()).hasSize(22);
        assertThat(shown(true)).endsWith(System.lineSeparator()).contains("\r\u001b[Koffice 0:21, ");
        assertThat(shown(false).lines().map(it -> it.substring(0, 11)))
                .containsExactly("office 0:01", "office 0:11", "office 0:21");
    }
}
