package io.livepatch.supervisor;

import java.util.Locale;

/** Why a process was restarted or stopped. */
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
    /** An operator or program requested it. */
    REQUEST,
    SCALE_DOWN,
    SHUTDOWN;

    /** The form in labels and messages, such as {@code open-files}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
