package io.livepatch.haproxy.runtime;

import java.util.List;

/** The outcome of {@link Haproxy#apply}. */
public sealed interface ApplyResult {
    /** File and process have this configuration already; nothing was changed. */
    record Unchanged() implements ApplyResult {}

    /** The file has it. haproxy does not run, and reads it when it starts. */
    record Written() implements ApplyResult {}

    /**
     * haproxy was reloaded; a new worker runs with it.
     *
     * @param worker its process id
     */
    record Reloaded(long worker) implements ApplyResult {}

    /**
     * The running worker was changed by commands, without a reload.
     *
     * @param commands what was done, in words; none if only the file differed
     */
    record Updated(List<String> commands) implements ApplyResult {
        public Updated {
            commands = List.copyOf(commands);
        }
    }

    /**
     * Nothing was changed: file and process are as they were.
     *
     * @param problems why
     */
    record Refused(List<String> problems) implements ApplyResult {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
