package io.livepatch.fleet;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How a machine stands with its patch. */
public enum PatchState {
    APPLIED,
    APPLY_FAILED,
    UNAPPLIED,
    NEEDS_CHECK,
    NOTHING_TO_APPLY,
    UNKNOWN,
    CHECK_FAILED,
    APPLIED_WITH_BUG,
    KERNEL_UPGRADE_REQUIRED;

    /** {@code apply-failed}. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The state of that name; a state that we do not know is {@link #UNKNOWN}. */
    public static PatchState of(String wire) {
        Optional<PatchState> known = Arrays.stream(values())
                .filter(state -> state.wire().equals(wire))
                .findFirst();
        return known.orElse(UNKNOWN);
    }
}
