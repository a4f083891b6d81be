package io.livepatch.supervisor.output;

import java.time.Instant;

/**
 * A line that a worker wrote, or a piece of one that was too long.
 *
 * @param at when it was read
 * @param process which of the worker's processes wrote it, from 1 on: where it grows, one ended and another began
 */
public record Line(Instant at, Stream stream, int process, String text) {

    /** Where it was written to. */
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

        /** As it stands in JSON. */
        public String label() {
            return label;
        }

        String level() {
            return level;
        }
    }
}
