package io.livepatch.supervisor.output;

import java.util.concurrent.atomic.LongAdder;

/** Counts for all streams; they write to it at once without waiting for each other. */
final class OutputCounters {

    final LongAdder bytes = new LongAdder();
    final LongAdder parseFailures = new LongAdder();
    final LongAdder fileDroppedBytes = new LongAdder();

    private final LongAdder lines = new LongAdder();
    private final LongAdder invalidSequences = new LongAdder();
    private final LongAdder splitLines = new LongAdder();

    void line(LinePart linePart, long invalid) {
        if (invalid > 0) {
            invalidSequences.add(invalid);
        }
        if (linePart.last()) {
            lines.increment();
        }
        if (linePart.number() == 1) {
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
