package io.livepatch.supervisor.output;

import java.util.concurrent.atomic.LongAdder;

/** Counts for all streams; they write to it at once without waiting for each other. */
final class Tally {

    final LongAdder bytes = new LongAdder();
    final LongAdder parseFailures = new LongAdder();
    final LongAdder fileDroppedBytes = new LongAdder();

    private final LongAdder lines = new LongAdder();
    private final LongAdder invalidSequences = new LongAdder();
    private final LongAdder splitLines = new LongAdder();

    void line(Part part, long invalid) {
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

    OutputCounts with(long droppedLines, long droppedBytes) {
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
