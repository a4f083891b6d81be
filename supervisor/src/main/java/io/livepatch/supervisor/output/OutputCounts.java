package io.livepatch.supervisor.output;

/**
 * What came out of all workers since the start. The fields are read one after the other, so they may differ by a line.
 *
 * @param lines that ended, split ones counted once
 * @param bytes as read
 * @param parseFailures lines that begin like a JSON object and are none
 * @param splitLines that were too long, or passed on before they were finished
 * @param invalidSequences of bytes that are no UTF-8, each replaced by U+FFFD
 * @param droppedLines that no reader took; those that a file refused are counted in bytes alone
 * @param droppedBytes that no reader or file took
 */
public record OutputCounts(
        long lines,
        long bytes,
        long parseFailures,
        long splitLines,
        long invalidSequences,
        long droppedLines,
        long droppedBytes) {}
