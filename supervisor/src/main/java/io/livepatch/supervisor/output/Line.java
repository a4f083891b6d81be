package io.livepatch.supervisor.output;

import java.time.Instant;

/**
 * A line that a worker wrote, or a part of one that was too long.
 *
 * @param at when it was read
 * @param process which of the worker's processes wrote it, counted from 1
 */
public record Line(Instant at, Stream stream, int process, String text) {

    /** The stream that it was written to. */
    public enum Stream {
        STDOUT("stdout", "info"),
        STDERR("stderr", "error"),
        /** The worker has one pipe for both. */
        MERGED("merged", "info");

        private final String label;
        private final String level;

        Stream(String label, String level) {
            this.label = label;
            this.level = level;
        }

        /** Its name in JSON. */
        public String label() {
            return label;
        }

        String level() {
            return level;
        }
    }
}
