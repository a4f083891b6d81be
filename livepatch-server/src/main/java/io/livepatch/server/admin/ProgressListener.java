package io.livepatch.server.admin;

import io.livepatch.server.placement.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Shows the progress of a task. */
public interface ProgressListener {
    /**
     * Called after each step.
     *
     * @param verb of the task, in the past tense, like {@code moved}
     */
    void show(String verb, Progress progress);

    /** Prints a line every few seconds, for a log. */
    static ProgressListener lines(PrintWriter out, InstantSource clock) {
        return new ProgressListener() {
            private static final Duration PERIOD = Duration.ofSeconds(3);
            private Instant next = Instant.MIN;

            @Override
            public void show(String verb, Progress progress) {
                if (!clock.instant().isBefore(next)) {
                    next = clock.instant().plus(PERIOD);
                    out.println(progress.text(verb));
                    out.flush();
                }
            }
        };
    }
}
