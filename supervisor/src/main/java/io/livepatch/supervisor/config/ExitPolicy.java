package io.livepatch.supervisor.config;

import java.util.Locale;

/** When the supervisor ends, with a failure, because workers were given up. */
public enum ExitPolicy {
    /** It serves what is left, be it nothing. */
    NEVER,
    /** As soon as all workers of a pool are given up. */
    ALL,
    /** As soon as any worker is given up. */
    ANY;

    /** As it stands in the file. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
