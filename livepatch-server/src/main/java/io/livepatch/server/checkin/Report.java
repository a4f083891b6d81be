package io.livepatch.server.checkin;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.livepatch.server.http.Json;
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
 * What a machine says of itself. One that was made can be written: a value that PostgreSQL refused would take all of its batch
 * down with it.
 *
 * @param uptime in seconds
 */
record Report(
        KernelRelease kernel,
        Architecture architecture,
        @Nullable String clientVersion,
        @Nullable String cpuModel,
        @Nullable Instant bootTime,
        @Nullable Long uptime,
        @Nullable PatchVersion patchVersion,
        @Nullable PatchState patchState) {
    private static final int LONGEST_CLIENT_VERSION = 64;
    private static final int LONGEST_CPU_MODEL = 200;
    /** Machines are many and kernels are few, and to read one takes long. */
    private static final LoadingCache<String, KernelRelease> KERNELS =
            Caffeine.newBuilder().maximumSize(1000).build(KernelRelease::new);

    private static final Instant LATEST_BOOT = Instant.parse("9999-12-31T00:00:00Z");

    Report {
        RequestChecks.text("client-version", clientVersion, LONGEST_CLIENT_VERSION);
        RequestChecks.text("cpu-model", cpuModel, LONGEST_CPU_MODEL);
        if (uptime != null && uptime < 0) {
            throw new ProblemException.BadRequest("field 'uptime' is negative");
        }
        // PostgreSQL's time begins and ends earlier than Java's.
        if (bootTime != null && (bootTime.isBefore(Instant.EPOCH) || bootTime.isAfter(LATEST_BOOT))) {
            throw new ProblemException.BadRequest("field 'boot-time' is out of range");
        }
        if (patchState != null && patchState.running() && patchVersion == null) {
            throw new ProblemException.BadRequest(
                    "field 'patch.version' is missing; state '" + patchState.text() + "' is one of a patch");
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
    static Report parse(byte[] json) {
        Body body = RequestChecks.body((@Nullable Body) Json.mapper().readValue(json, Body.class));
        Patch patch = body.patch();
        return new Report(
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

    /** The version of the patch that is in its kernel now. */
    Optional<PatchVersion> running() {
        return patchState != null && patchState.running() ? Optional.ofNullable(patchVersion) : Optional.empty();
    }
}
