package io.livepatch.supervisor.output;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts of the output of all workers since the start. They are not a snapshot of one instant: lines that arrive meanwhile may be in
 * some of them only.
 *
 * @param lines that ended; the parts of a line count once
 * @param bytes as read
 * @param parseFailures lines that begin like a JSON object and are none
 * @param splitLines that were passed on in parts, because they were too long or unfinished for a while
 * @param invalidSequences of bytes that are not UTF-8, each replaced by U+FFFD
 * @param droppedLines of the supervisor's own streams; what a file refused is counted in bytes only
 * @param droppedBytes of the supervisor's own streams and of files
 */
public record OutputCounts(
        long lines,
        long bytes,
        long parseFailures,
        long splitLines,
        long invalidSequences,
        long droppedLines,
        long droppedBytes) {

    /** The live counters of all streams. Thread-safe, without contention between streams. */
    static final class Counters {

        final LongAdder bytes = new LongAdder();
        final LongAdder parseFailures = new LongAdder();
        final LongAdder fileDroppedBytes = new LongAdder();

        private final LongAdder lines = new LongAdder();
        private final LongAdder invalidSequences = new LongAdder();
        private final LongAdder splitLines = new LongAdder();

        void countLine(LineSplitter.Part part, long invalid) {
            if (invalid > 0) {
                invalidSequences.add(invalid);
            }
            if (part.last()) {
                lines.increment();
            }
            if (part.number() == 1) {
                splitLines.increment();
            }
        }

        OutputCounts counts(long droppedLines, long droppedBytes) {
            return new OutputCounts(
                    lines.sum(),
                    bytes.sum(),
                    parseFailures.sum(),
                    splitLines.sum(),
                    invalidSequences.sum(),
                    droppedLines,
                    droppedBytes + fileDroppedBytes.sum());
        }
    }
}
