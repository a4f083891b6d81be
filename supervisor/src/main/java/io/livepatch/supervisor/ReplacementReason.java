package io.livepatch.supervisor;

import java.util.Locale;

/** Why a process was started again, or told to end. */
public enum ReplacementReason {
    /** It ended by itself, could not be started, or never became ready. */
    CRASH,
    /** It no longer passed its live check. */
    HEALTH,
    LIFESPAN,
    MEMORY,
    CPU,
    OPEN_FILES,
    REQUESTS,
    /** The spec of its pool changed. */
    CHANGE,
    /** Somebody asked for it. */
    REQUEST,
    /** The pool has fewer replicas now. */
    SCALE_DOWN,
    /** The pool was closed. */
    SHUTDOWN;

    /** As it stands in labels and messages: {@code open-files}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
