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

    private record Passed(String text, long line, int part, boolean last, boolean object) {}

    /** Accepts every line that ends with a brace as an object. */
    private static final class Recorder implements LineSplitter.Sink {
        private final List<Passed> passed = new ArrayList<>();
        private final ByteArrayOutputStream joined = new ByteArrayOutputStream();

        @Override
        public boolean object(byte[] bytes, int from, int to) {
            if (bytes[to - 1] != '}') {
                return false;
            }
            passed.add(new Passed(strict(bytes, from, to), 0, 0, true, true));
            joined.write(bytes, from, to - from);
            joined.write('\n');
            return true;
        }

        @Override
        public void text(byte[] bytes, int from, int to, LineSplitter.Part part) {
            passed.add(new Passed(strict(bytes, from, to), part.line(), part.number(), part.last(), false));
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
                throw new AssertionError("a character was cut", e);
            }
        }
    }

    private static Recorder split(String text) {
        Recorder lines = new Recorder();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        splitter.split(bytes, bytes.length);
        splitter.end();
        return lines;
    }

    private static String anyText(SplittableRandom random) {
        String[] letters = {"a", "ä", "€", "😀", "{", "}", " ", "\r", "\n"};
        StringBuilder text = new StringBuilder();
        for (int lines = 1 + random.nextInt(6); lines > 0; lines--) {
            text.append(random.nextInt(3) == 0 ? "{" : "");
            for (int i = random.nextInt(random.nextInt(3) == 0 ? 120 : 20); i > 0; i--) {
                text.append(letters[random.nextInt(letters.length)]);
            }
            text.append(random.nextInt(3) == 0 ? "}\n" : "\n");
        }
        return text.toString();
    }

    @Test
    void linesDoNotDependOnChunksAndAreComplete() {
        for (int seed = 0; seed < 3000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String text = anyText(random);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            Recorder whole = split(text);
            Recorder chunked = new Recorder();
            LineSplitter splitter = new LineSplitter(SMALL, chunked);
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(1 + random.nextInt(40)));
                // The buffer is longer than the chunk and is overwritten afterwards.
                byte[] chunk = new byte[64];
                System.arraycopy(bytes, at, chunk, 0, length);
                splitter.split(chunk, length);
                java.util.Arrays.fill(chunk, (byte) '!');
                at += length;
            }
            splitter.end();
            assertThat(chunked.passed).as("seed %d", seed).isEqualTo(whole.passed);
            assertThat(whole.joined.toString(StandardCharsets.UTF_8))
                    .as("seed %d", seed)
                    .isEqualTo(withoutCarriageReturns(text, whole.passed));
            assertThat(whole.passed)
                    .allSatisfy(it -> assertThat(it.text.getBytes(StandardCharsets.UTF_8).length)
                            .isLessThanOrEqualTo(it.object ? 64 : 16));
        }
    }

    /** A text loses the carriage return before its newline; an object never has one, as it ends with a brace here. */
    private static String withoutCarriageReturns(String text, List<Passed> passed) {
        assertThat(passed).filteredOn(Passed::last).hasSize((int)
                text.chars().filter(it -> it == '\n').count());
        return text.replace("\r\n", "\n");
    }

    @Test
    void onlyALineAboveTheLimitIsSplitIntoParts() {
        assertThat(split("a".repeat(16) + "\n").passed).containsExactly(new Passed("a".repeat(16), 0, 0, true, false));
        assertThat(split("a".repeat(15) + "äb\nc\n" + "d".repeat(17)).passed)
                .containsExactly(
                        new Passed("a".repeat(15), 1, 1, false, false),
                        new Passed("äb", 1, 2, true, false),
                        new Passed("c", 0, 0, true, false),
                        new Passed("d".repeat(16), 2, 1, false, false),
                        new Passed("d", 2, 2, true, false));
    }

    @Test
    void anObjectIsWholeUpToItsOwnLimitAndTextAboveIt() {
        String object = "{" + "a".repeat(62) + "}";
        assertThat(split(object + "\n").passed).containsExactly(new Passed(object, 0, 0, true, true));
        assertThat(split("{" + object + "\n").passed).hasSize(5).noneMatch(Passed::object);
        assertThat(split("{" + "a".repeat(20) + "\n").passed)
                .containsExactly(
                        new Passed("{" + "a".repeat(15), 1, 1, false, false), new Passed("aaaaa", 1, 2, true, false));
    }

    @Test
    void anUnfinishedTextAndItsRestArePartsOfOneLine() {
        Recorder lines = new Recorder();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        byte[] question = "Name (ä)".getBytes(StandardCharsets.UTF_8);
        splitter.split(question, question.length - 2);
        assertThat(splitter.hasUnfinishedText()).isTrue();
        splitter.passUnfinishedText();
        assertThat(lines.passed).containsExactly(new Passed("Name (", 1, 1, false, false));
        splitter.split(new byte[] {question[question.length - 2], ')', '\n'}, 3);
        splitter.end();
        assertThat(lines.passed.getLast()).isEqualTo(new Passed("ä)", 1, 2, true, false));
    }

    @Test
    void anUnfinishedObjectIsNotPassedOn() {
        Recorder lines = new Recorder();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        byte[] begin = " {\"a\":1".getBytes(StandardCharsets.UTF_8);
        splitter.split(begin, begin.length);
        assertThat(splitter.hasUnfinishedText()).isFalse();
        splitter.passUnfinishedText();
        assertThat(lines.passed).isEmpty();
        splitter.split(new byte[] {'}'}, 1);
        splitter.end();
        assertThat(lines.passed).containsExactly(new Passed(" {\"a\":1}", 0, 0, true, true));
    }

    @Test
    void anUnfinishedTextGetsAnEmptyLastPartAtTheEndOfTheStream() {
        Recorder lines = new Recorder();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        splitter.split(new byte[] {'$'}, 1);
        splitter.passUnfinishedText();
        splitter.end();
        splitter.end();
        assertThat(lines.passed)
                .containsExactly(new Passed("$", 1, 1, false, false), new Passed("", 1, 2, true, false));
    }

    @Test
    void anObjectWithoutEndIsPassedOnAsTextAboveTheLimit() {
        Recorder lines = new Recorder();
        LineSplitter splitter = new LineSplitter(SMALL, lines);
        splitter.split(new byte[] {'{'}, 1);
        byte[] more = "x".repeat(32).getBytes(StandardCharsets.UTF_8);
        splitter.split(more, more.length);
        assertThat(lines.passed).isEmpty();
        splitter.split(more, more.length);
        assertThat(lines.passed).hasSize(4);
        splitter.split(more, more.length);
        assertThat(lines.passed).hasSize(6);
    }

    @Test
    void bytesThatAreNotUtf8AreCutAtTheLimit() {
        List<Integer> sizes = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(SMALL, new LineSplitter.Sink() {
            @Override
            public boolean object(byte[] bytes, int from, int to) {
                return false;
            }

            @Override
            public void text(byte[] bytes, int from, int to, LineSplitter.Part part) {
                sizes.add(to - from);
            }
        });
        byte[] bytes = new byte[40];
        java.util.Arrays.fill(bytes, (byte) 0x80);
        splitter.split(bytes, bytes.length);
        splitter.end();
        assertThat(sizes).containsExactly(16, 16, 8);
    }
}
