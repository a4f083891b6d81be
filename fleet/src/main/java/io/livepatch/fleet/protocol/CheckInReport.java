package io.livepatch.fleet.protocol;

import io.livepatch.fleet.protocol.CheckInReport.PatchState;
import io.livepatch.fleet.protocol.OfferedPatch.PatchVersion;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a machine reports when it asks for a patch.
 *
 * @param patch empty while it has none
 */
public record CheckInReport(
        Platform platform,
        String clientVersion,
        Optional<String> cpuModel,
        Optional<Instant> bootTime,
        Optional<Duration> uptime,
        Optional<PatchReport> patch) {

    /** The least a machine can say. */
    public static CheckInReport of(Platform platform, String clientVersion) {
        return new CheckInReport(
                platform, clientVersion, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public CheckInReport withPatch(Optional<PatchReport> report) {
        return new CheckInReport(platform, clientVersion, cpuModel, bootTime, uptime, report);
    }

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

    /** The patch that a machine has, and how it stands with it. */
    public record PatchReport(PatchVersion version, PatchState state) {}
}
