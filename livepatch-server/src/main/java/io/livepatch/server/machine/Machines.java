package io.livepatch.server.machine;

import io.livepatch.server.auth.SecurityLog;
import io.livepatch.server.auth.TokenLookups;
import io.livepatch.server.database.Database;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Enrols machines, removes those that leave, and describes one. Thread-safe. */
public final class Machines {
    private static final Logger LOG = LoggerFactory.getLogger(Machines.class);
    private static final int SECRET_BYTES = 32;

    private final MachineDao dao;
    private final EnrolmentDao enrolments;
    private final MachineTokens tokens;
    private final Metrics metrics;
    private final TokenLookups authTokens;
    private final Duration takeoverAfter;
    private final SecureRandom random = new SecureRandom();

    /**
     * Reads nothing.
     *
     * @param takeoverAfter how long a machine must be silent before another client may enrol it
     */
    public Machines(Database database, MachineTokens tokens, Metrics metrics, Duration takeoverAfter) {
        this.dao = database.dao(MachineDao.class);
        this.enrolments = EnrolmentDao.on(database);
        this.tokens = tokens;
        this.metrics = metrics;
        this.authTokens = new TokenLookups(metrics);
        this.takeoverAfter = takeoverAfter;
    }

    record Enrolled(MachineToken token, String tier) {}

    /**
     * Enrols a machine. The client that enrolled it before gets the same machine token again, so enrolment can be retried;
     * {@link EnrolmentDao#enrol} lists the rules for other clients.
     *
     * @throws ProblemException.Unauthorized if the auth token does not exist
     * @throws ProblemException.Forbidden if the auth token is revoked
     * @throws ProblemException.Conflict if another client enrolled the machine and it is not silent
     */
    Enrolled enrol(
            MachineId id,
            Optional<String> authorization,
            Optional<EnrolmentKey> key,
            KernelRelease kernel,
            Architecture architecture) {
        BearerToken authToken = BearerToken.of(authorization);
        byte[] secret = key.map(EnrolmentKey::bytes).orElseGet(() -> random(SECRET_BYTES));
        byte[] nonce = random(MachineToken.NONCE_BYTES);
        String nonceHex = HexFormat.of().formatHex(nonce);
        EnrolmentDao.Request request = new EnrolmentDao.Request(
                id.text(),
                authToken.hash().hex(),
                nonceHex,
                MachineToken.of(authToken.bytes(), id, nonce).hash().hex(),
                MachineToken.of(secret, id, nonce).hash().hex(),
                key.map(given -> given.hash().hex()).orElse(null),
                kernel.text(),
                architecture.name(),
                takeoverAfter,
                false);
        MachineTokens.CacheState before = tokens.state();
        EnrolmentDao.EnrolledRow row = enrol(id, request, authToken);
        if (!token(row, id, authToken, secret).hash().hex().equals(row.tokenHash())) {
            // During a rolling upgrade a unit of the previous release writes a token that does not depend on the key:
            // then the client gets a new token.
            row = enrol(id, request.renewing(), authToken);
        }
        LOG.debug("machine '{}' enrolled in tier '{}'", id, row.tier());
        if (row.known() && row.tokenNonce().equals(nonceHex)) {
            logReplacement(id, row.authToken());
        }
        MachineToken token = token(row, id, authToken, secret);
        // The first check-in follows at once and need not read the row again.
        tokens.cache(id, row.tier(), token.hash(), before);
        return new Enrolled(token, row.tier());
    }

    private EnrolmentDao.EnrolledRow enrol(MachineId id, EnrolmentDao.Request request, BearerToken authToken) {
        return authTokens
                .find(authToken.hash(), () -> find(id, request, authToken))
                .orElseThrow(this::unknownAuthToken);
    }

    private static MachineToken token(
            EnrolmentDao.EnrolledRow row, MachineId id, BearerToken authToken, byte[] secret) {
        return MachineToken.of(
                row.shared() ? authToken.bytes() : secret, id, HexFormat.of().parseHex(row.tokenNonce()));
    }

    private ProblemException unknownAuthToken() {
        metrics.refused(Refusal.AUTH_TOKEN);
        return new ProblemException.Unauthorized(
                "the auth token is unknown; an operator creates one with 'livepatch-admin auth-token'");
    }

    private static void logReplacement(MachineId id, String authToken) {
        SecurityLog.done(
                "machine_token_replaced:" + id,
                "machine '" + id + "' was enrolled anew with auth token '" + authToken
                        + "', its earlier machine token has ended");
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private Optional<EnrolmentDao.EnrolledRow> find(MachineId id, EnrolmentDao.Request request, BearerToken authToken) {
        Optional<EnrolmentDao.EnrolledRow> row = metrics.query("enrol", () -> enrolments.enrol(request));
        if (row.isEmpty()) {
            metrics.query("enroller", () -> dao.enroller(authToken.hash().bytes(), id.text()))
                    .ifPresent(enroller -> refuse(id, enroller));
        }
        return row;
    }

    private void refuse(MachineId id, MachineDao.Enroller enroller) {
        if (enroller.revoked()) {
            metrics.refused(Refusal.AUTH_TOKEN);
            throw new ProblemException.Forbidden("the auth token was revoked; ask the operator for another");
        }
        if (enroller.owner() == null) {
            throw new ProblemException.Unavailable("machine '" + id + "' was removed at the same time; try again");
        }
        boolean sameToken = enroller.owner().equals(enroller.id());
        metrics.refused(Refusal.MACHINE_TAKEOVER);
        SecurityLog.refused(
                "machine_takeover_refused:" + id,
                "auth token '" + enroller.id() + "' did not get machine '" + id + "', which is enrolled with "
                        + (sameToken ? "another enrolment key" : "auth token '" + enroller.owner() + "'"));
        String silence = takeoverAfter.toString().substring(2).toLowerCase(Locale.ROOT);
        throw new ProblemException.Conflict("machine '" + id + "' is enrolled with another "
                + (sameToken ? "enrolment key" : "auth token") + " and was enrolled or checked in within the last "
                + silence
                + "; to enrol it again, run 'livepatch-client disable' on the machine that has it, or let an operator run"
                + " 'livepatch-admin machine release " + id + "', or wait until it has been silent for " + silence);
    }

    /**
     * Checks the form of the token in a header {@code Authorization}, without the database.
     *
     * @throws ProblemException.Unauthorized if it is malformed or absent
     */
    public void requireToken(Optional<String> authorization) {
        try {
            BearerToken.of(authorization);
        } catch (ProblemException.Unauthorized e) {
            metrics.refused(Refusal.AUTH_TOKEN);
            throw e;
        }
    }

    /**
     * The machine of the token in this header.
     *
     * @throws ProblemException.Forbidden if it is another machine than {@code id}
     */
    Machine authenticate(MachineId id, Optional<String> authorization) {
        Machine machine = tokens.authenticate(authorization);
        machine.mustBe(id);
        return machine;
    }

    /** Removes a machine; its token is no longer valid. */
    void leave(Machine machine) {
        int gone = metrics.query(
                "delete", () -> dao.delete(machine.id().text(), machine.token().bytes()));
        tokens.invalidate(machine);
        if (gone == 0) {
            throw MachineTokens.unknown();
        }
        LOG.debug("machine '{}' left", machine.id());
    }

    MachineDao.InfoRow info(Machine machine) {
        return metrics.query(
                        "info",
                        () -> dao.info(machine.id().text(), machine.token().bytes()))
                .orElseThrow(() -> {
                    tokens.invalidate(machine);
                    return MachineTokens.unknown();
                });
    }

    /** Table {@code machines} with the tables that refer to it. */
    interface MachineDao {

        /**
         * The auth token with which an enrolment failed.
         *
         * @param owner the id of the auth token that the machine is enrolled with; null if the machine is not enrolled
         */
        record Enroller(
                String id, boolean revoked, @Nullable String owner) {}

        /** Empty if the auth token does not exist. */
        @SqlQuery("""
                select a.label as id, a.revoked_at is not null as revoked, o.label as owner
                from auth_tokens a
                  left join machines m on m.machine_id = :machineId
                  left join auth_tokens o on o.auth_token_id = m.auth_token_id
                where a.token_hash = :tokenHash
                """)
        @RegisterConstructorMapper(Enroller.class)
        Optional<Enroller> enroller(byte[] tokenHash, String machineId);

        /** Returns 0 if the machine was removed or has another token. */
        @SqlUpdate("delete from machines where machine_id = :machineId and token_hash = :tokenHash")
        int delete(String machineId, byte[] tokenHash);

        /** A machine and its last report. */
        record InfoRow(
                String tier,
                Instant enrolledAt,
                @Nullable Instant seenAt,
                String kernel,
                String architecture,
                @Nullable String patchVersion,
                @Nullable String patchState) {}

        @SqlQuery("""
                select t.name as tier, m.enrolled_at, r.seen_at, coalesce(r.kernel, m.kernel) as kernel,
                       coalesce(r.architecture, m.architecture) as architecture, r.patch_version, r.patch_state
                from machines m join tiers t using (tier_id) left join machine_reports r using (machine_id)
                where m.machine_id = :machineId and m.token_hash = :tokenHash
                """)
        @RegisterConstructorMapper(InfoRow.class)
        Optional<InfoRow> info(String machineId, byte[] tokenHash);
    }
}
