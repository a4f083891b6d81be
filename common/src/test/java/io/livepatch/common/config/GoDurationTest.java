package io.livepatch.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GoDurationTest {

    @ParameterizedTest
    @CsvSource({
        "5m30s, PT5M30S, 5m30s",
        "1.5h, PT1H30M, 1h30m",
        "90m, PT1H30M, 1h30m",
        "200ms, PT0.2S, 200ms",
        "0s, PT0S, 0s",
        "1500us, PT0.0015S, 1.5ms",
        "7ns, PT0.000000007S, 7ns"
    })
    void readsGosSyntaxAndPrintsAReadableForm(String text, Duration duration, String printed) {
        assertThat(GoDuration.parse(text)).isEqualTo(duration);
        assertThat(GoDuration.print(duration)).isEqualTo(printed);
        assertThat(GoDuration.parse(printed)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "m", "5 m", "-5s", "5m30", "1d", "99999999999h"})
    void refusesOtherTexts(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GoDuration.parse(text))
                .withMessageContaining("is not a duration");
    }
}
