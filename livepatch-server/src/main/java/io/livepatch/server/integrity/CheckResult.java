package io.livepatch.server.integrity;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * The result of checking the bytes of a patch.
 *
 * @param reason why the patch is damaged, for the operator; empty if it is not
 */
public record CheckResult(State state, String reason) {
    public static final CheckResult WHOLE = new CheckResult(State.WHOLE, "");
    public static final CheckResult GONE = new CheckResult(State.GONE, "");

    public enum State {
        /** The bytes are those of the catalog. */
        WHOLE,
        /** The store has other bytes, or cannot read them. */
        ROTTEN,
        /** The store has no bytes. */
        MISSING,
        /** The patch left the catalog before the result could be recorded. */
        GONE;

        @JsonValue
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static CheckResult rotten(String reason) {
        return new CheckResult(State.ROTTEN, reason);
    }

    static CheckResult missing(String reason) {
        return new CheckResult(State.MISSING, reason);
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
