package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RangeSelectionTest {
    private static final long SIZE = 1000;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    bytes=0-0                       | 0-0
                    bytes=0-999                     | 0-999
                    bytes=0-1000                    | 0-999
                    bytes=0-99999999999999999999999 | 0-999
                    bytes=999-                      | 999-999
                    bytes=0-                        | 0-999
                    bytes=-1                        | 999-999
                    bytes=-1000                     | 0-999
                    bytes=-1001                     | 0-999
                    bytes=-99999999999999999999999  | 0-999
                    bytes=000000000000000000000005-6 | 5-6
                    BYTES=1-2                       | 1-2
                    bytes= 1-2 , 5-6                | 1-2 5-6
                    bytes=5-6,1-2                   | 5-6 1-2
                    bytes=0-4,5-9                   | 0-4 5-9
                    bytes=0-5,5-9                   | 0-9
                    bytes=20-29,0-9,5-24            | 0-29
                    bytes=0-,0-,0-                  | 0-999
                    bytes=0-1,1000-                 | 0-1
                    bytes=0-1,-0                    | 0-1
                    """)
    void rangeThatOverlapsThePatchSelectsTheOverlap(String header, String expected) {
        assertThat(text(RangeSelection.of(header, SIZE))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=1000-",
                "bytes=1000-1001",
                "bytes=-0",
                "bytes=99999999999999999999-",
                "bytes=2000-,-0",
                "bytes=",
                "bytes=-",
                "bytes=5-4",
                "bytes=a-b",
                "bytes=1",
                "bytes=1-2-3",
                "bytes=--1",
                "bytes=0-1,",
                "bytes=,",
                "bytes=+1-2",
                "bytes=1 - 2",
                "bytes=\u0661-2",
                "bytes=0-1;2-3",
                "bytes=0-1,5-4"
            })
    void rangeOutsideOrMalformedIsRefused(String header) {
        assertThat(RangeSelection.of(header, SIZE)).isInstanceOf(RangeSelection.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"items=0-1", "", "0-1", "=0-1", "byte=0-1"})
    void unitThatIsNotBytesIsIgnored(String header) {
        assertThat(RangeSelection.of(header, SIZE)).isInstanceOf(RangeSelection.Whole.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-1"})
    void emptyPatchHasNoRange(String header) {
        assertThat(RangeSelection.of(header, 0)).isInstanceOf(RangeSelection.Refused.class);
    }

    @Test
    void sixteenRangesAreAnsweredAndSeventeenRefused() {
        assertThat(RangeSelection.of(ranges(16), SIZE)).isInstanceOf(RangeSelection.Parts.class);
        assertThat(RangeSelection.of(ranges(17), SIZE)).isInstanceOf(RangeSelection.Refused.class);
    }

    private static String ranges(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> 10 * i + "-" + 10 * i)
                .collect(Collectors.joining(",", "bytes=", ""));
    }

    private static String text(RangeSelection rangeSelection) {
        return rangeSelection instanceof RangeSelection.Parts parts
                ? parts.ranges().stream()
                        .map(range -> range.offset() + "-" + (range.end() - 1))
                        .collect(Collectors.joining(" "))
                : rangeSelection.toString();
    }
}
