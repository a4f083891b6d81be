package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The state that a machine reports at a check-in.
 *
 * @param patch the installed patch; empty without one
 */
public record CheckInReport(
        Platform platform,
        String clientVersion,
        Optional<String> cpuModel,
        Optional<Instant> bootTime,
        Optional<Duration> uptime,
        Optional<PatchReport> patch) {

    /** A report of the required values only. */
    public static CheckInReport of(Platform platform, String clientVersion) {
        return new CheckInReport(
                platform, clientVersion, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public CheckInReport withPatch(Optional<PatchReport> report) {
        return new CheckInReport(platform, clientVersion, cpuModel, bootTime, uptime, report);
    }

    /** The state of the patch on a machine. */
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

        /** Parses a wire name; {@link #UNKNOWN} for any other text. */
        public static PatchState of(String wire) {
            return Arrays.stream(values())
                    .filter(state -> state.wire().equals(wire))
                    .findFirst()
                    .orElse(UNKNOWN);
        }
    }

    /** The installed patch of a machine and its state. */
    public record PatchReport(PatchVersion version, PatchState state) {}
}
