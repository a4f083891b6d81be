package io.livepatch.supervisor.metrics;

/**
 * What became of the workers' output, since the start.
 *
 * @param droppedLines lost because nobody took them
 * @param unparsedJson lines that look like JSON and are not
 */
public record OutputCounts(long droppedLines, long droppedBytes, long unparsedJson) {

    /** Of output that goes nowhere. */
    public static final OutputCounts NONE = new OutputCounts(0, 0, 0);
}
