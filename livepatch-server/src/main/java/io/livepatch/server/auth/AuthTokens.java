package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.config.Secret;
import io.livepatch.server.database.Database;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The tokens that machines enrol with: a UUIDv4 that is shown once and kept as SHA-256. A revoked one enrols nobody any more; who
 * enrolled with it before stays. Thread-safe.
 */
public final class AuthTokens {
    private final AuthTokenDao dao;
    private final InstantSource clock;

    public AuthTokens(Database database, InstantSource clock) {
        this.dao = database.dao(AuthTokenDao.class);
        this.clock = clock;
    }

    /** What is known of a token later on. */
    record AuthToken(String id, String tier, Instant createdAt, Optional<Instant> revokedAt, long machines) {}

    /**
     * Makes a token.
     *
     * @return the token; nobody can read it again
     */
    Secret issue(TokenLabel label, TierName tier) {
        // UUID's own generator is a SecureRandom: 122 random bits.
        String token = UUID.randomUUID().toString();
        int inserted =
                dao.insert(label.label(), Sha256.of(token.getBytes(UTF_8)).bytes(), tier.name(), clock.instant());
        if (inserted == 0) {
            throw dao.tierExists(tier.name())
                    ? new ProblemException.Conflict("there is an auth token '" + label
                            + "' already; choose another id, ids are never used again")
                    : new ProblemException.NotFound("there is no tier '" + tier + "'");
        }
        SecurityLog.done("authn_token_created:" + label, "auth token '" + label + "' for tier '" + tier + "' issued");
        return new Secret(token);
    }

    /** Up to {@code limit} tokens whose label comes after this one. */
    List<AuthToken> list(String after, int limit) {
        return dao.list(after, limit).stream()
                .map(row -> new AuthToken(
                        row.id(), row.tier(), row.createdAt(), Optional.ofNullable(row.revokedAt()), row.machines()))
                .toList();
    }

    /** Ends enrolment with a token; again and again if need be. */
    void revoke(TokenLabel label) {
        if (dao.revoke(label.label(), clock.instant()) == 0) {
            throw new ProblemException.NotFound("there is no auth token '" + label + "'");
        }
        SecurityLog.done("authn_token_revoked:" + label, "auth token '" + label + "' revoked");
    }
}
