package io.livepatch.server.patch;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.server.patch.inspect.Inspection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A patch as an operator sees it.
 *
 * @param sha256 hex
 * @param size in bytes
 * @param tiers first to last
 * @param contents what was found in it; in the answer of an upload only
 */
@JsonNaming(KebabCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record PatchInfo(
        String filename,
        String kernel,
        String architecture,
        String version,
        String sha256,
        long size,
        List<String> tiers,
        Optional<Blocked> blocked,
        Instant addedAt,
        Optional<Inspection> contents) {

    /** Why it must not run, and since when. */
    public record Blocked(String reason, Instant since) {}

    static PatchInfo of(PatchDao.Row row) {
        String reason = row.blockReason();
        Instant since = row.blockedAt();
        return new PatchInfo(
                row.filename(),
                row.kernel(),
                row.architecture(),
                row.version(),
                row.sha256(),
                row.size(),
                row.tiers(),
                reason == null || since == null ? Optional.empty() : Optional.of(new Blocked(reason, since)),
                row.addedAt(),
                Optional.empty());
    }

    PatchInfo with(Inspection contents) {
        return new PatchInfo(
                filename, kernel, architecture, version, sha256, size, tiers, blocked, addedAt, Optional.of(contents));
    }
}
