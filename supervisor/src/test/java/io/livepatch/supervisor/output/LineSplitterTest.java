package io.livepatch.supervisor.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LineSplitterTest {

    private static final OutputLimits SMALL = new OutputLimits(16, 64, Duration.ofSeconds(1), 0);

    private record Got(String text, long line, int part, boolean last, boolean object) {}

    /** Takes for objects what ends with a brace. */
    private static final class Lines implements LineSplitter.Sink {
        private final List<Got> got = new ArrayList<>();
        private final ByteArrayOutputStream joined = new ByteArrayOutputStream();

        @Override
        public boolean object(byte[] bytes, int from, int to) {
            if (bytes[to - 1] != '}') {
                return false;
            }
            got.add(new Got(strict(bytes, from, to), 0, 0, true, true));
            joined.write(bytes, from, to - from);
            joined.write('\n');
            return true;
        }

        @Override
        public void text(byte[] bytes, int from, int to, LinePart part) {
            got.add(new Got(strict(bytes, from, to), part.line(), part.number(), part.last(), false));
            joined.write(bytes, from, to - from);
            if (part.last()) {
                joined.write('\n');
            }
        }

        private static String strict(byte[] bytes, int from, int to) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes, from, to - from))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new AssertionError("a character was torn", e);
            }
        }
    }

    private static Lines split(String text) {
        Lines lines = new Lines();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        splitter.take(bytes, bytes.length);
        splitter.end();
        return lines;
    }

    private static String anyText(SplittableRandom dice) {
        String[] letters = {"a", "ä", "€", "😀", "{", "}", " ", "\r", "\n"};
        StringBuilder text = new StringBuilder();
        for (int lines = 1 + dice.nextInt(6); lines > 0; lines--) {
            text.append(dice.nextInt(3) == 0 ? "{" : "");
            for (int i = dice.nextInt(dice.nextInt(3) == 0 ? 120 : 20); i > 0; i--) {
                text.append(letters[dice.nextInt(letters.length)]);
            }
            text.append(dice.nextInt(3) == 0 ? "}\n" : "\n");
        }
        return text.toString();
    }

    @Test
    void chunksMakeNoDifferenceAndNothingIsLost() {
        for (int seed = 0; seed < 3000; seed++) {
            SplittableRandom dice = new SplittableRandom(seed);
            String text = anyText(dice);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            Lines whole = split(text);
            Lines chunked = new Lines();
            LineSplitter splitter = new LineSplitter(SMALL, chunked);
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(bytes.length - at, 1 + dice.nextInt(1 + dice.nextInt(40)));
                // In a buffer that is longer than what is in it, and used again.
                byte[] chunk = new byte[64];
                System.arraycopy(bytes, at, chunk, 0, length);
                splitter.take(chunk, length);
                java.util.Arrays.fill(chunk, (byte) '!');
                at += length;
            }
            splitter.end();
            assertThat(chunked.got).as("seed %d", seed).isEqualTo(whole.got);
            assertThat(whole.joined.toString(StandardCharsets.UTF_8))
                    .as("seed %d", seed)
                    .isEqualTo(withoutReturnsOfTexts(text, whole.got));
            assertThat(whole.got)
                    .allSatisfy(it -> assertThat(it.text.getBytes(StandardCharsets.UTF_8).length)
                            .isLessThanOrEqualTo(it.object ? 64 : 16));
        }
    }

    /** A text loses the carriage return before its newline; an object ends with a brace here. */
    private static String withoutReturnsOfTexts(String text, List<Got> got) {
        assertThat(got).filteredOn(Got::last).hasSize((int)
                text.chars().filter(it -> it == '\n').count());
        return text.replace("\r\n", "\n");
    }

    @Test
    void aLineAsLongAsAllowedIsWholeAndALongerOneComesInPieces() {
        assertThat(split("a".repeat(16) + "\n").got).containsExactly(new Got("a".repeat(16), 0, 0, true, false));
        assertThat(split("a".repeat(15) + "äb\nc\n" + "d".repeat(17)).got)
                .containsExactly(
                        new Got("a".repeat(15), 1, 1, false, false),
                        new Got("äb", 1, 2, true, false),
                        new Got("c", 0, 0, true, false),
                        new Got("d".repeat(16), 2, 1, false, false),
                        new Got("d", 2, 2, true, false));
    }

    @Test
    void anObjectIsWholeUpToItsOwnLimitAndTextBeyond() {
        String object = "{" + "a".repeat(62) + "}";
        assertThat(split(object + "\n").got).containsExactly(new Got(object, 0, 0, true, true));
        assertThat(split("{" + object + "\n").got).hasSize(5).noneMatch(Got::object);
        assertThat(split("{" + "a".repeat(20) + "\n").got)
                .containsExactly(
                        new Got("{" + "a".repeat(15), 1, 1, false, false), new Got("aaaaa", 1, 2, true, false));
    }

    @Test
    void theBeginningOfATextIsPassedOnWhenAskedForAndTheRestBelongsToIt() {
        Lines lines = new Lines();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        byte[] question = "Name (ä)".getBytes(StandardCharsets.UTF_8);
        splitter.take(question, question.length - 2);
        assertThat(splitter.holdsText()).isTrue();
        splitter.passText();
        assertThat(lines.got).containsExactly(new Got("Name (", 1, 1, false, false));
        splitter.take(new byte[] {question[question.length - 2], ')', '\n'}, 3);
        splitter.end();
        assertThat(lines.got.getLast()).isEqualTo(new Got("ä)", 1, 2, true, false));
    }

    @Test
    void theBeginningOfAnObjectWaitsForItsEnd() {
        Lines lines = new Lines();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        byte[] begin = " {\"a\":1".getBytes(StandardCharsets.UTF_8);
        splitter.take(begin, begin.length);
        assertThat(splitter.holdsText()).isFalse();
        splitter.passText();
        assertThat(lines.got).isEmpty();
        splitter.take(new byte[] {'}'}, 1);
        splitter.end();
        assertThat(lines.got).containsExactly(new Got(" {\"a\":1}", 0, 0, true, true));
    }

    @Test
    void aLineThatWasPassedOnHasALastPieceThoughNothingFollows() {
        Lines lines = new Lines();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        splitter.take(new byte[] {'$'}, 1);
        splitter.passText();
        splitter.end();
        splitter.end();
        assertThat(lines.got).containsExactly(new Got("$", 1, 1, false, false), new Got("", 1, 2, true, false));
    }

    @Test
    void anObjectWithoutEndDoesNotFillTheMemory() {
        Lines lines = new Lines();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        splitter.take(new byte[] {'{'}, 1);
        byte[] more = "x".repeat(32).getBytes(StandardCharsets.UTF_8);
        splitter.take(more, more.length);
        assertThat(lines.got).isEmpty();
        splitter.take(more, more.length);
        assertThat(lines.got).hasSize(4);
        splitter.take(more, more.length);
        assertThat(lines.got).hasSize(6);
    }

    @Test
    void aStreamOfContinuationBytesIsCutAllTheSame() {
        List<Integer> sizes = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(SMALL, new LineSplitter.Sink() {
            @Override
            public boolean object(byte[] bytes, int from, int to) {
                return false;
            }

            @Override
            public void text(byte[] bytes, int from, int to, LinePart part) {
                sizes.add(to - from);
            }
        });
        byte[] bytes = new byte[40];
        java.util.Arrays.fill(bytes, (byte) 0x80);
        splitter.take(bytes, bytes.length);
        splitter.end();
        assertThat(sizes).containsExactly(16, 16, 8);
    }
}
