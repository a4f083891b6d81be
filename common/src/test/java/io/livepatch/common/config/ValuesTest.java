package io.livepatch.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "0s, PT0S",
        "1h30m, PT1H30M",
        "250ms, PT0.25S",
        "1.5h, PT1H30M",
        "3us, PT0.000003S",
        "3µs, PT0.000003S",
        "1ns, PT0.000000001S",
        "1.5s, PT1.5S",
        "2m0.5s, PT2M0.5S",
        "5us, PT0.000005S"
    })
    void durationsAreGos(String text, Duration duration) {
        assertThat(GoDuration.parse(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "1",
                "5",
                "1x",
                "-1s",
                "1s ",
                "h",
                "s",
                "5 s",
                "5sec",
                "1h-30m",
                "9999999999h",
                "999999999999h"
            })
    void otherTextsAreNoDurations(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> GoDuration.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "1h30m", "1.5s", "200ms", "1h", "90h1m2.5s", "1500ns"})
    void aPrintedDurationIsReadAsTheSame(String text) {
        assertThat(GoDuration.print(GoDuration.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "7, 7",
        "7B, 7",
        "1K, 1024",
        "1KiB, 1024",
        "512 MiB, 536870912",
        "2G, 2147483648",
        "1TiB, 1099511627776",
        "64MiB, 67108864",
        "1024, 1024",
        "2KiB, 2048",
        "1G, 1073741824",
        "5000B, 5000"
    })
    void sizesAreBinary(String text, long bytes) {
        assertThat(DataSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1MB",
                "64MB",
                "MiB",
                "-1",
                "1.5G",
                "1.5GiB",
                "99999999999T",
                "99999999999999TiB",
                "9999999999999999999"
            })
    void otherTextsAreNoSizes(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> DataSize.parse(text));
    }

    @Test
    void sizesArePrintedExactlyAndRounded() {
        assertThat(new DataSize(64L << 20)).hasToString("64MiB");
        assertThat(new DataSize(1025)).hasToString("1025B");
        assertThat(new DataSize(3L << 29).rounded()).isEqualTo("1.5 GiB");
        assertThat(new DataSize(0).rounded()).isEqualTo("0 B");
    }

    @Test
    void theNearestNameIsSuggested() {
        assertThat(DidYouMean.similar("relicas", List.of("replicas", "name"))).contains("replicas");
        assertThat(DidYouMean.similar("zzzzzzzz", List.of("replicas", "name"))).isEmpty();
        assertThat(DidYouMean.suffix("nam", List.of("name"))).isEqualTo(" (did you mean 'name'?)");
    }

    @Test
    void aSecretPrintsAsAMask() {
        assertThat(new Secret("hidden")).hasToString("***");
    }
}
