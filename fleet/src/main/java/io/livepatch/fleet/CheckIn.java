package io.livepatch.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a machine reports when it asks for a patch.
 *
 * @param patch empty while it has none
 */
public record CheckIn(
        Platform platform,
        String clientVersion,
        Optional<String> cpuModel,
        Optional<Instant> bootTime,
        Optional<Duration> uptime,
        Optional<PatchReport> patch) {

    /** The least a machine can say. */
    public static CheckIn of(Platform platform, String clientVersion) {
        return new CheckIn(
                platform, clientVersion, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public CheckIn withPatch(Optional<PatchReport> report) {
        return new CheckIn(platform, clientVersion, cpuModel, bootTime, uptime, report);
    }
}
