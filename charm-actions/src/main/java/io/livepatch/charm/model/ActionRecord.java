package io.livepatch.charm.model;

import java.time.Instant;
import java.util.NavigableMap;

/** What became of an action. Its parameters are not kept: they may be secret, and it is never run again. */
public record ActionRecord(
        String unit, String action, Outcome outcome, String message, NavigableMap<String, String> results, Instant at) {

    public ActionRecord {
        results = Model.frozen(results);
    }

    /** As Juju has them. */
    public enum Outcome {
        RUNNING,
        COMPLETED,
        FAILED,
        /** The controller ended while it was at work. */
        ABORTED
    }
}
