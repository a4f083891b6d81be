package io.livepatch.server.machine;

import io.livepatch.server.auth.SecurityLog;
import io.livepatch.server.auth.TokenLookups;
import io.livepatch.server.database.Database;
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
    private final QueryTimer meter;
    private final TokenLookups authTokens;
    private final Duration takeoverAfter;
    private final SecureRandom random = new SecureRandom();

    /**
     * Asks nothing yet.
     *
     * @param takeoverAfter how long a machine must be silent before another client may enrol it
     */
    public Machines(Database database, MachineTokens tokens, Metrics metrics, Duration takeoverAfter) {
        this.dao = database.dao(MachineDao.class);
        this.enrolments = EnrolmentDao.on(database);
        this.tokens = tokens;
        this.meter = new QueryTimer(metrics);
        this.authTokens = new TokenLookups(metrics);
        this.takeoverAfter = takeoverAfter;
    }

    /** A machine's token and the tier that it is in. */
    record Enrolled(MachineToken token, String tier) {}

    /**
     * Enrols a machine. The client that enrolled it before gets the same machine token again, so a lost answer does no harm; what
     * other clients may do is told by {@link EnrolmentDao#enrol}.
     *
     * @param key the client's, if it has one
     * @throws ProblemException.Unauthorized if there is no such auth token
     * @throws ProblemException.Forbidden if it was revoked
     * @throws ProblemException.Conflict if the machine is another client's and alive
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
        EnrolmentDao.Wish wish = new EnrolmentDao.Wish(
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
        MachineTokens.Moment before = tokens.moment();
        EnrolmentDao.EnrolledRow row = enrol(id, wish, authToken);
        if (!token(row, id, authToken, secret).hash().hex().equals(row.tokenHash())) {
            // During a rolling upgrade a unit of the release before writes a token of another kind beside the key,
            // which it does not
            // know: the client that has the key gets a new token then.
            row = enrol(id, wish.renewing(), authToken);
        }
        LOG.debug("machine '{}' enrolled in tier '{}'", id, row.tier());
        if (row.known() && row.tokenNonce().equals(nonceHex)) {
            logReplacement(id, row.authToken());
        }
        MachineToken token = token(row, id, authToken, secret);
        // Its first check-in comes at once, and would read what has just been written.
        tokens.remember(id, row.tier(), token.hash(), before);
        return new Enrolled(token, row.tier());
    }

    private EnrolmentDao.EnrolledRow enrol(MachineId id, EnrolmentDao.Wish wish, BearerToken authToken) {
        return authTokens
                .find(authToken.hash(), () -> find(id, wish, authToken))
                .orElseThrow(this::unknownAuthToken);
    }

    private static MachineToken token(
            EnrolmentDao.EnrolledRow row, MachineId id, BearerToken authToken, byte[] secret) {
        return MachineToken.of(
                row.shared() ? authToken.bytes() : secret, id, HexFormat.of().parseHex(row.tokenNonce()));
    }

    private ProblemException unknownAuthToken() {
        meter.metrics().refused(Refusal.AUTH_TOKEN);
        return new ProblemException.Unauthorized(
                "the auth token is unknown; the operator makes one with 'livepatch-admin auth-token'");
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

    private Optional<EnrolmentDao.EnrolledRow> find(MachineId id, EnrolmentDao.Wish wish, BearerToken authToken) {
        Optional<EnrolmentDao.EnrolledRow> row = meter.measure("enrol", () -> enrolments.enrol(wish));
        if (row.isEmpty()) {
            meter.measure("enroller", () -> dao.enroller(authToken.hash().bytes(), id.text()))
                    .ifPresent(enroller -> refuse(id, enroller));
        }
        return row;
    }

    private void refuse(MachineId id, MachineDao.Enroller enroller) {
        if (enroller.revoked()) {
            meter.metrics().refused(Refusal.AUTH_TOKEN);
            throw new ProblemException.Forbidden("the auth token was revoked; ask the operator for another");
        }
        if (enroller.owner() == null) {
            throw new ProblemException.Unavailable("machine '" + id + "' left at the same moment; try again");
        }
        boolean sameToken = enroller.owner().equals(enroller.id());
        meter.metrics().refused(Refusal.MACHINE_TAKEOVER);
        SecurityLog.refused(
                "machine_takeover_refused:" + id,
                "auth token '" + enroller.id() + "' did not get machine '" + id + "', which is enrolled with "
                        + (sameToken ? "another enrolment key" : "auth token '" + enroller.owner() + "'"));
        String silence = takeoverAfter.toString().substring(2).toLowerCase(Locale.ROOT);
        throw new ProblemException.Conflict("machine '" + id + "' is enrolled with another "
                + (sameToken ? "enrolment key" : "auth token") + " and was enrolled or checked in within the last "
                + silence
                + "; if it is to be enrolled anew, run 'livepatch-client disable' on the machine that has it, or let an operator run"
                + " 'livepatch-admin machine release " + id + "', or wait until it has been silent for " + silence);
    }

    /**
     * Checks that a header {@code Authorization} holds something of the form of a token. Asks no database.
     *
     * @throws ProblemException.Unauthorized if it does not
     */
    public void requireToken(Optional<String> authorization) {
        try {
            BearerToken.of(authorization);
        } catch (ProblemException.Unauthorized e) {
            meter.metrics().refused(Refusal.AUTH_TOKEN);
            throw e;
        }
    }

    /**
     * The machine whose token is in this header, if it is the one named in the path.
     *
     * @throws ProblemException.Forbidden if it is another machine's token
     */
    Machine authenticate(MachineId id, Optional<String> authorization) {
        Machine machine = tokens.authenticate(authorization);
        machine.mustBe(id);
        return machine;
    }

    /** Lets a machine go. Its token is worth nothing from now on. */
    void leave(Machine machine) {
        int gone = meter.measure(
                "delete", () -> dao.delete(machine.id().text(), machine.token().bytes()));
        tokens.forget(machine);
        if (gone == 0) {
            throw MachineTokens.unknown();
        }
        LOG.debug("machine '{}' left", machine.id());
    }

    /** What is known of a machine. */
    MachineDao.InfoRow info(Machine machine) {
        return meter.measure(
                        "info",
                        () -> dao.info(machine.id().text(), machine.token().bytes()))
                .orElseThrow(() -> {
                    tokens.forget(machine);
                    return MachineTokens.unknown();
                });
    }

    /** Table {@code machines}, with what other tables hold about a machine. */
    interface MachineDao {

        /**
         * The auth token with which an enrolment failed.
         *
         * @param id its own
         * @param owner the id of the auth token that the machine is enrolled with; null if the machine is not enrolled
         */
        record Enroller(
                String id, boolean revoked, @Nullable String owner) {}

        /** Empty if there is no such auth token. */
        @SqlQuery("""
                select a.label as id, a.revoked_at is not null as revoked, o.label as owner
                from auth_tokens a
                  left join machines m on m.machine_id = :machineId
                  left join auth_tokens o on o.auth_token_id = m.auth_token_id
                where a.token_hash = :tokenHash
                """)
        @RegisterConstructorMapper(Enroller.class)
        Optional<Enroller> enroller(byte[] tokenHash, String machineId);

        /** Answers 0 if the machine is gone already or has another token by now. */
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
