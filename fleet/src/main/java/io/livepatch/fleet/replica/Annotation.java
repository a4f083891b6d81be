package io.livepatch.fleet.replica;

import java.time.Instant;
import java.util.UUID;

/** Something that happened to the stack in the meantime, for the time axis of the report. */
public record Annotation(UUID id, Instant at, String text) {
    public static final int MAX_LENGTH = 200;

    public Annotation {
        if (text.isBlank() || text.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("the text of an event has 1 to %d characters".formatted(MAX_LENGTH));
        }
    }
}
