package io.livepatch.server.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgressTest {
    private static final Progress.Count PATCHES = new Progress.Count(120, 300);

    @Test
    void showsCountsSpeedAndRemainingTime() {
        Progress.Count bytes = new Progress.Count(1_200_000_000L, 3_000_000_000L);

        assertThat(new Progress(PATCHES, bytes, 800_000_000L, Duration.ofSeconds(20)).text("moved"))
                .isEqualTo("moved 120 of 300 patches, 1.2 of 3.0 GB, 40.0 MB/s, 45 s left");
    }

    @Test
    void showsNoSpeedBeforeTheFirstByteAndNoTimeAtTheEnd() {
        assertThat(new Progress(PATCHES, new Progress.Count(10, 20_000), 0, Duration.ofSeconds(2)).text("verified"))
                .isEqualTo("verified 120 of 300 patches, 0.0 of 20.0 kB");
        assertThat(new Progress(PATCHES, new Progress.Count(999, 999), 999, Duration.ofSeconds(2)).text("verified"))
                .isEqualTo("verified 120 of 300 patches, 999 of 999 B");
    }

    @Test
    void longTimesAreInLargerUnits() {
        Progress.Count bytes = new Progress.Count(1_000_000, 1_000_000_000L);

        assertThat(new Progress(PATCHES, bytes, 1_000_000, Duration.ofSeconds(1)).text("moved"))
                .endsWith("1.0 MB/s, 17 min left");
        assertThat(new Progress(PATCHES, bytes, 1_000_000, Duration.ofSeconds(20)).text("moved"))
                .endsWith("50.0 kB/s, 5.6 h left");
    }

    @Test
    void emptyTaskIsShown() {
        assertThat(new Progress(new Progress.Count(0, 0), new Progress.Count(0, 0), 0, Duration.ZERO).text("moved"))
                .isEqualTo("moved 0 of 0 patches, 0 of 0 B");
    }
}
