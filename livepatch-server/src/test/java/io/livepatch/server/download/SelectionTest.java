package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SelectionTest {
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
    void rangeThatTouchesThePatchSelectsWhatThereIs(String header, String expected) {
        assertThat(text(Selection.of(header, SIZE))).isEqualTo(expected);
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
        assertThat(Selection.of(header, SIZE)).isInstanceOf(Selection.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"items=0-1", "", "0-1", "=0-1", "byte=0-1"})
    void unitThatIsNotBytesIsIgnored(String header) {
        assertThat(Selection.of(header, SIZE)).isInstanceOf(Selection.Whole.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-1"})
    void emptyPatchHasNoRange(String header) {
        assertThat(Selection.of(header, 0)).isInstanceOf(Selection.Refused.class);
    }

    @Test
    void sixteenRangesAreAnsweredAndSeventeenRefused() {
        assertThat(Selection.of(ranges(16), SIZE)).isInstanceOf(Selection.Parts.class);
        assertThat(Selection.of(ranges(17), SIZE)).isInstanceOf(Selection.Refused.class);
    }

    private static String ranges(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> 10 * i + "-" + 10 * i)
                .collect(Collectors.joining(",", "bytes=", ""));
    }

    private static String text(Selection selection) {
        return selection instanceof Selection.Parts parts
                ? parts.ranges().stream()
                        .map(range -> range.offset() + "-" + (range.end() - 1))
                        .collect(Collectors.joining(" "))
                : selection.toString();
    }
}
