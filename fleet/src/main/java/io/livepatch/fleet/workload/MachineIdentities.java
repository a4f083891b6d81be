package io.livepatch.fleet.workload;

import io.livepatch.common.config.Secret;
import io.livepatch.common.file.Digests;
import io.livepatch.fleet.flock.Flock;
import io.livepatch.fleet.protocol.CheckInReport;
import io.livepatch.fleet.protocol.ClientKey;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import io.livepatch.fleet.protocol.Platform;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Who the monkeys of a flock are to a server. Thread-safe if {@code random} is. */
final class MachineIdentities {
    static final String CLIENT_VERSION = "fleet";

    private static final int NAME = 32;
    private static final int LONGEST_UPTIME_SECONDS = 100 * 24 * 3600;

    private final Flock flock;
    private final String prefix;
    private final Secret authToken;
    private final TokenTable tokenTable;
    private final RandomGenerator random;

    MachineIdentities(Flock flock, String run, Secret authToken, RandomGenerator random) {
        this.flock = flock;
        this.prefix = prefix(flock.name(), run, authToken);
        this.authToken = authToken;
        this.tokenTable = new TokenTable(flock.count());
        this.random = random;
    }

    /**
     * The name of the flock is for people who look at the server. The digest tells apart long names, runs, and auth tokens: a server does
     * not let a machine that was enrolled with one auth token be enrolled with another for a day.
     */
    private static String prefix(String flock, String run, Secret authToken) {
        byte[] digest = Digests.sha256(flock + "\n" + run + "\n" + authToken.reveal());
        String name = flock.substring(0, Math.min(NAME, flock.length()));
        return name + "-" + HexFormat.of().formatHex(digest, 0, 8) + "-";
    }

    /** The same on every replica, so that a monkey that moves to another one is the machine that it was. */
    MachineId id(int monkey) {
        return new MachineId(prefix + monkey);
    }

    Platform platform(int monkey) {
        return flock.kernels().of(monkey);
    }

    CheckInReport report(int monkey) {
        return new CheckInReport(
                platform(monkey),
                CLIENT_VERSION,
                Optional.empty(),
                Optional.empty(),
                Optional.of(Duration.ofSeconds(random.nextInt(60, LONGEST_UPTIME_SECONDS))),
                Optional.empty());
    }

    /** What enrols them. */
    Secret authToken() {
        return authToken;
    }

    /** The same on every replica, too. */
    ClientKey key(int monkey) {
        return ClientKey.derive(authToken, id(monkey));
    }

    /** Empty if it has to enrol. */
    Optional<Credentials> credentials(int monkey) {
        return tokenTable.of(monkey).map(token -> new Credentials(id(monkey), token));
    }

    void keep(int monkey, Credentials credentials) {
        tokenTable.keep(monkey, credentials.token());
    }

    void forget(int monkey) {
        tokenTable.forget(monkey);
    }
}
