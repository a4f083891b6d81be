package io.livepatch.server.patch;

import com.fasterxml.jackson.annotation.JsonInclude;
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
        Instant addedAt) {

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
                row.addedAt());
    }
}
