package io.livepatch.haproxy.runtime;

import java.util.List;

/** What became of {@link Haproxy#apply}. */
public sealed interface Applied {
    /** File and process have it already; nothing was touched. */
    record Unchanged() implements Applied {}

    /** The file has it; haproxy does not run, and will find it when it starts. */
    record Written() implements Applied {}

    /**
     * A new worker serves with it.
     *
     * @param worker its process id
     */
    record Reloaded(long worker) implements Applied {}

    /**
     * The file has it, and the worker that serves was given what it lacked: no new worker.
     *
     * @param orders what was done, in words; none if only the file was behind
     */
    record Adjusted(List<String> orders) implements Applied {
        public Adjusted {
            orders = List.copyOf(orders);
        }
    }

    /**
     * It was refused whole: file and process are as they were.
     *
     * @param problems why
     */
    record Refused(List<String> problems) implements Applied {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
