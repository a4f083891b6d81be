package io.livepatch.server.care;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * What a look at the bytes of a patch came to.
 *
 * @param reason in words, for whoever shall mend it; empty if there is nothing to mend
 */
public record Finding(State state, String reason) {
    /** The bytes are those of the catalog. */
    public static final Finding WHOLE = new Finding(State.WHOLE, "");

    /** The patch has left the catalog meanwhile. */
    public static final Finding GONE = new Finding(State.GONE, "");

    /** How it is. */
    public enum State {
        WHOLE,
        ROTTEN,
        MISSING,
        GONE;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding rotten(String reason) {
        return new Finding(State.ROTTEN, reason);
    }

    static Finding missing(String reason) {
        return new Finding(State.MISSING, reason);
    }

    /** Whether the patch can be served. */
    public boolean whole() {
        return state == State.WHOLE;
    }

    /** Whether the patch is in the catalog and cannot be served. */
    public boolean damaged() {
        return state == State.ROTTEN || state == State.MISSING;
    }
}
