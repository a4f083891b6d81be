package io.livepatch.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"\u001b", "\n", "\u007f", "\u009b", "\u202e", "\u2028", "\u2029", "\ud800"})
    void characterThatMovesACursorOrTheDirectionOfWritingIsReplaced(String character) {
        assertThat(ForeignText.printable("a" + character + "b", 10)).isEqualTo("a?b");
    }

    @Test
    void longTextIsShortened() {
        assertThat(ForeignText.printable("äöü", 3)).isEqualTo("äöü");
        assertThat(ForeignText.printable("äöüß", 3)).isEqualTo("äöü…");
    }
}
