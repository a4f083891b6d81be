package io.livepatch.supervisor.output;

/**
 * Which piece of a line.
 *
 * @param line the same for all pieces of one line; counted per stream
 * @param number from 1 on; 0 for a line that is whole
 */
record LinePart(long line, int number, boolean last) {

    static final LinePart WHOLE = new LinePart(0, 0, true);

    boolean whole() {
        return number == 0;
    }
}
