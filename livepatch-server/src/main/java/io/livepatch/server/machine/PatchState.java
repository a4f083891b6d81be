package io.livepatch.server.machine;

import io.livepatch.server.problem.ProblemException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The state of a machine's patch, as the machine reports it. */
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

    private static final Map<String, PatchState> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(PatchState::text, Function.identity()));

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /**
     * Parses text such as {@code apply-failed}.
     *
     * @throws ProblemException.BadRequest for an unknown state
     */
    public static PatchState parse(String text) {
        PatchState state = BY_NAME.get(text);
        if (state == null) {
            throw new ProblemException.BadRequest("the patch's state must be one of "
                    + BY_NAME.keySet().stream().sorted().toList());
        }
        return state;
    }

    /** As in the API and the database. */
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return text;
    }

    /** Whether the patch is active in the kernel. */
    public boolean running() {
        return this == APPLIED || this == APPLIED_WITH_BUG || this == NEEDS_CHECK;
    }
}
