package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import io.livepatch.fleet.protocol.Platform.KernelRelease;
import java.util.Locale;
import java.util.Optional;

/**
 * An event while a patch is applied.
 *
 * @param message for the operator; shortened to {@value #MAX_MESSAGE} characters
 */
public record Ping(
        Type type, KernelRelease kernel, PatchVersion version, Optional<PatchState> state, Optional<String> message) {
    public static final int MAX_MESSAGE = 500;

    public Ping {
        message = message.map(text -> InputSyntax.quotable(text, MAX_MESSAGE - 1));
    }

    /**
     * The event: before, after, waiting for the kernel, an error, health 0, 1, 5 and 15 minutes later; or a downloaded patch with the wrong
     * digest.
     */
    public enum Type {
        PING_0,
        PING_1,
        PING_2,
        PING_3,
        PING_ERR,
        PING_BEFORE,
        PING_AFTER,
        PING_TRANSITION,
        PING_DIGEST;

        /** {@code ping_before}. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
