package io.livepatch.server.machine;

import io.livepatch.server.auth.TokenLookups;
import io.livepatch.server.database.Database;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Enrols machines, lets them go, and says what is known of one. Thread-safe. */
public final class Machines {
    private static final Logger LOG = LoggerFactory.getLogger(Machines.class);

    private final MachineDao dao;
    private final EnrolmentDao enrolments;
    private final MachineTokens tokens;
    private final QueryMeter meter;
    private final TokenLookups authTokens;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    public Machines(Database database, MachineTokens tokens, Metrics metrics, InstantSource clock) {
        this.dao = database.dao(MachineDao.class);
        this.enrolments = EnrolmentDao.on(database);
        this.tokens = tokens;
        this.meter = new QueryMeter(metrics);
        this.authTokens = new TokenLookups(metrics);
        this.clock = clock;
    }

    /** A machine's token and the tier that it is in. */
    record Enrolled(MachineToken token, String tier) {}

    /**
     * Enrols a machine; the same machine with the same auth token gets the same machine token each time.
     *
     * @throws ProblemException.Unauthorized if there is no such auth token
     * @throws ProblemException.Forbidden if it was revoked
     */
    Enrolled enrol(MachineId id, Optional<String> authorization, KernelRelease kernel, Architecture architecture) {
        BearerToken authToken = BearerToken.of(authorization);
        byte[] nonce = new byte[MachineToken.NONCE_BYTES];
        random.nextBytes(nonce);
        EnrolmentDao.Wish wish = new EnrolmentDao.Wish(
                id.text(),
                authToken.hash().hex(),
                HexFormat.of().formatHex(nonce),
                MachineToken.of(authToken, id, nonce).hash().hex(),
                kernel.text(),
                architecture.name(),
                clock.instant());
        MachineTokens.Moment before = tokens.moment();
        EnrolmentDao.EnrolledRow row = authTokens
                .find(authToken.hash(), () -> enrol(wish, authToken))
                .orElseThrow(() -> {
                    meter.metrics().refused(Refusal.AUTH_TOKEN);
                    return new ProblemException.Unauthorized(
                            "the auth token is unknown; the operator makes one with 'livepatch-admin auth-token'");
                });
        LOG.debug("machine '{}' enrolled in tier '{}'", id, row.tier());
        MachineToken token = MachineToken.of(authToken, id, HexFormat.of().parseHex(row.tokenNonce()));
        // Its first check-in comes at once, and would read what has just been written.
        tokens.remember(id, row.tier(), token.hash(), before);
        return new Enrolled(token, row.tier());
    }

    private Optional<EnrolmentDao.EnrolledRow> enrol(EnrolmentDao.Wish wish, BearerToken authToken) {
        Optional<EnrolmentDao.EnrolledRow> row = meter.measure("enrol", () -> enrolments.enrol(wish));
        if (row.isEmpty()
                && meter.measure(
                        "authTokenExists",
                        () -> dao.authTokenExists(authToken.hash().bytes()))) {
            meter.metrics().refused(Refusal.AUTH_TOKEN);
            throw new ProblemException.Forbidden("the auth token was revoked; ask the operator for another");
        }
        return row;
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
}
