package io.livepatch.server.task;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Shows how far a task is. */
public interface Meter {
    /**
     * After each step.
     *
     * @param verb what was done, like {@code moved}
     * @param last the patch that it was done with last, or nothing
     */
    void show(String verb, Headway headway, String last);

    /** Lines, one every few seconds, for a log. */
    static Meter lines(PrintWriter out, InstantSource clock) {
        return new Meter() {
            private static final Duration PAUSE = Duration.ofSeconds(3);
            private Instant next = Instant.MIN;

            @Override
            public void show(String verb, Headway headway, String last) {
                if (!clock.instant().isBefore(next)) {
                    next = clock.instant().plus(PAUSE);
                    out.println(headway.text(verb));
                    out.flush();
                }
            }
        };
    }
}
