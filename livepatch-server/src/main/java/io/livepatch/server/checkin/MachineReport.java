package io.livepatch.server.checkin;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.livepatch.server.http.ApiJson;
import io.livepatch.server.machine.PatchState;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.problem.RequestChecks;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.PatchVersion;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The report of a machine. The constructor refuses values that PostgreSQL cannot store: one of them would fail its whole batch.
 *
 * @param uptime in seconds
 */
record MachineReport(
        KernelRelease kernel,
        Architecture architecture,
        @Nullable String clientVersion,
        @Nullable String cpuModel,
        @Nullable Instant bootTime,
        @Nullable Long uptime,
        @Nullable PatchVersion patchVersion,
        @Nullable PatchState patchState) {
    private static final int MAX_CLIENT_VERSION_LENGTH = 64;
    private static final int MAX_CPU_MODEL_LENGTH = 200;
    /** Parsing is expensive, and many machines run few kernels. */
    private static final LoadingCache<String, KernelRelease> KERNELS =
            Caffeine.newBuilder().maximumSize(1000).build(KernelRelease::new);

    private static final Instant LATEST_BOOT = Instant.parse("9999-12-31T00:00:00Z");

    MachineReport {
        RequestChecks.text("client-version", clientVersion, MAX_CLIENT_VERSION_LENGTH);
        RequestChecks.text("cpu-model", cpuModel, MAX_CPU_MODEL_LENGTH);
        if (uptime != null && uptime < 0) {
            throw new ProblemException.BadRequest("field 'uptime' is negative");
        }
        // PostgreSQL's range of timestamps is narrower than Java's.
        if (bootTime != null && (bootTime.isBefore(Instant.EPOCH) || bootTime.isAfter(LATEST_BOOT))) {
            throw new ProblemException.BadRequest("field 'boot-time' is out of range");
        }
        if (patchState != null && patchState.running() && patchVersion == null) {
            throw new ProblemException.BadRequest(
                    "field 'patch.version' is missing; state '" + patchState.text() + "' requires it");
        }
    }

    @JsonNaming(KebabCaseStrategy.class)
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Body(
            @Nullable String kernel,
            @Nullable String architecture,
            @Nullable String clientVersion,
            @Nullable String cpuModel,
            @Nullable String bootTime,
            @Nullable Long uptime,
            @Nullable Patch patch) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Patch(@Nullable String version, @Nullable String state) {}

    /**
     * Reads the body of a check-in.
     *
     * @throws ProblemException.BadRequest if a field is missing or out of bounds
     */
    static MachineReport parse(byte[] json) {
        Body body = RequestChecks.body((@Nullable Body) ApiJson.mapper().readValue(json, Body.class));
        Patch patch = body.patch();
        return new MachineReport(
                KERNELS.get(RequestChecks.required("kernel", body.kernel())),
                new Architecture(RequestChecks.required("architecture", body.architecture())),
                body.clientVersion(),
                body.cpuModel(),
                bootTime(body.bootTime()),
                body.uptime(),
                patch == null || patch.version() == null ? null : PatchVersion.parse(patch.version()),
                patch == null ? null : PatchState.parse(RequestChecks.required("patch.state", patch.state())));
    }

    private static @Nullable Instant bootTime(@Nullable String text) {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new ProblemException.BadRequest("field 'boot-time' is not a time like 2026-01-31T12:00:00Z", e);
        }
    }

    /** The version of the patch that runs in its kernel. */
    Optional<PatchVersion> running() {
        return patchState != null && patchState.running() ? Optional.ofNullable(patchVersion) : Optional.empty();
    }
}
