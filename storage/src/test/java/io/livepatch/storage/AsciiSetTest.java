package io.livepatch.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AsciiSetTest {
    @ParameterizedTest
    @ValueSource(strings = {"A-Za-z0-9._-", "A-Za-z0-9._~+/-", "0-9a-f", "a-z", "-", "a", "A-Za-z0-9._:-"})
    void containsTheCharactersOfARegularExpressionsBrackets(String characters) {
        AsciiSet set = AsciiSet.of(characters);
        Pattern pattern = Pattern.compile("[" + characters + "]");

        for (int c = Character.MIN_VALUE; c <= Character.MAX_VALUE; c++) {
            assertThat(set.contains((char) c))
                    .as("%04x", c)
                    .isEqualTo(pattern.matcher(String.valueOf((char) c)).matches());
        }
    }

    @Test
    void textMatchesOnlyWithinTheLengths() {
        AsciiSet digits = AsciiSet.of("0-9");

        assertThat(digits.matches("12", 2, 3)).isTrue();
        assertThat(digits.matches("123", 2, 3)).isTrue();
        assertThat(digits.matches("1", 2, 3)).isFalse();
        assertThat(digits.matches("1234", 2, 3)).isFalse();
        assertThat(digits.matches("1x", 2, 3)).isFalse();
        assertThat(digits.matches("x1", 2, 3)).isFalse();
        assertThat(digits.containsAll("x12x", 1, 3)).isTrue();
        assertThat(digits.containsAll("x12x", 1, 4)).isFalse();
        assertThat(digits.containsAll("x12x", 0, 3)).isFalse();
        assertThat(digits.containsAll("x", 1, 1)).isTrue();
    }
}
