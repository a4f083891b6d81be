package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.livepatch.common.config.Secret;
import io.livepatch.server.catalog.TierName;
import io.livepatch.server.database.Database;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import tools.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The tokens that machines enrol with: a UUIDv4 that is returned once and stored as SHA-256. A revoked token enrols no machine; machines
 * that enrolled with it stay unless they are removed with it. Thread-safe.
 */
public final class AuthTokens {
    /** Machines that one statement removes: its locks delay their check-ins. */
    private static final int REMOVAL_BATCH = 500;

    private final AuthTokenDao dao;

    public AuthTokens(Database database) {
        this.dao = database.dao(AuthTokenDao.class);
    }

    /** An auth token without its secret. */
    @JsonNaming(KebabCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record AuthToken(
            String id,
            String tier,
            Instant createdAt,
            Optional<Instant> revokedAt,
            boolean sharedImages,
            long machines) {}

    /**
     * Creates a token.
     *
     * @param sharedImages whether all machines that enrol with it under one machine id get one machine token
     * @return the token, of which only the hash is stored
     */
    Secret issue(TokenLabel label, TierName tier, boolean sharedImages) {
        // 122 bits of a SecureRandom.
        String token = UUID.randomUUID().toString();
        int inserted =
                dao.insert(label.label(), Sha256.of(token.getBytes(UTF_8)).bytes(), tier.name(), sharedImages);
        if (inserted == 0) {
            throw dao.tierExists(tier.name())
                    ? new ProblemException.Conflict(
                            "there is an auth token '" + label + "' already; choose another id, ids are never reused")
                    : new ProblemException.NotFound("there is no tier '" + tier + "'");
        }
        SecurityLog.done(
                "authn_token_created:" + label,
                "auth token '" + label + "' for tier '" + tier + "' issued"
                        + (sharedImages ? ", for shared images" : ""));
        return new Secret(token);
    }

    /** Up to {@code limit} tokens whose label comes after this one. */
    List<AuthToken> list(String after, int limit) {
        return dao.list(after, limit);
    }

    /** Ends enrolment with a token. Idempotent. */
    void revoke(TokenLabel label) {
        if (dao.revoke(label.label()) == 0) {
            throw new ProblemException.NotFound("there is no auth token '" + label + "'");
        }
        SecurityLog.done("authn_token_revoked:" + label, "auth token '" + label + "' revoked");
    }

    /**
     * The progress of a removal.
     *
     * @param removed machines that this call removed
     * @param left machines for further calls
     */
    record Removal(long removed, long left) {}

    /**
     * Ends enrolment with a token, and removes the machines that enrolled with it, with their tokens, until none is left or the time budget
     * is used, at least one batch. Call it again while some are left, also after a failure.
     */
    Removal revokeWithMachines(TokenLabel label, Duration budget) {
        revoke(label);
        long began = System.nanoTime();
        long removed = 0;
        do {
            // The count may be below the batch size although machines are left: some may be removed concurrently.
            removed += dao.removeMachines(label.label(), REMOVAL_BATCH);
        } while (dao.hasMachines(label.label()) && System.nanoTime() - began < budget.toNanos());
        SecurityLog.done("machines_removed:" + label, removed + " machines of auth token '" + label + "' removed");
        return new Removal(removed, dao.machines(label.label()));
    }

    /** Table {@code auth_tokens}. */
    interface AuthTokenDao {

        /** Returns 0 if the label is in use or the tier does not exist; locks the tier against removal. */
        @SqlUpdate("""
                insert into auth_tokens (label, token_hash, tier_id, shared_images, created_at)
                select :label, :tokenHash, tier_id, :sharedImages, now() from tiers where name = :tier for key share
                on conflict (label) do nothing
                """)
        int insert(String label, byte[] tokenHash, String tier, boolean sharedImages);

        @SqlQuery("select exists (select from tiers where name = :tier)")
        boolean tierExists(String tier);

        @SqlQuery("""
                select a.label as id, t.name as tier, a.created_at, a.revoked_at, a.shared_images,
                       (select count(*) from machines m where m.auth_token_id = a.auth_token_id) as machines
                from auth_tokens a join tiers t using (tier_id)
                where a.label > :after order by a.label limit :limit
                """)
        @RegisterConstructorMapper(AuthToken.class)
        List<AuthToken> list(String after, int limit);

        @SqlQuery("select count(*) from machines m join auth_tokens a using (auth_token_id) where a.label = :label")
        long machines(String label);

        @SqlQuery(
                "select exists (select from machines m join auth_tokens a using (auth_token_id) where a.label = :label)")
        boolean hasMachines(String label);

        /** Returns 0 if there is no such token; keeps the time of the first revocation. */
        @SqlUpdate("update auth_tokens set revoked_at = coalesce(revoked_at, now()) where label = :label")
        int revoke(String label);

        /**
         * Removes at most {@code limit} machines that enrolled with a token, and their reports. Locks reports by machine id, as check-ins do,
         * so that the two cannot deadlock.
         */
        @SqlUpdate("""
                with chosen as materialized (
                  select m.machine_id from machines m join auth_tokens a using (auth_token_id)
                  where a.label = :label order by m.machine_id limit :limit
                ), reports as materialized (
                  select r.machine_id from machine_reports r where r.machine_id in (select machine_id from chosen)
                  order by r.machine_id for update
                ), locked as (
                  select count(*) as reports from reports
                )
                delete from machines m using locked, auth_tokens a
                where locked.reports >= 0 and a.label = :label and a.auth_token_id = m.auth_token_id
                  and m.machine_id in (select machine_id from chosen)
                """)
        int removeMachines(String label, int limit);
    }

    /**
     * The id of an auth token, chosen by an operator.
     *
     * @param label 1 to 64 letters, digits, dots, hyphens and underscores
     */
    record TokenLabel(String label) {
        private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

        TokenLabel {
            if (!PATTERN.matcher(label).matches()) {
                throw new InvalidNameException(
                        "auth token id", label, "1 to 64 letters, digits, dots, hyphens and underscores");
            }
        }

        @Override
        public String toString() {
            return label;
        }
    }
}
