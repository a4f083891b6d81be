package io.livepatch.fleet.workload;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;

/** The machine ids, keys and tokens of a flock's monkeys. Thread-safe if {@code random} is. */
final class MachineIdentities {
    static final String CLIENT_VERSION = "fleet";

    private static final int NAME_LENGTH = 32;
    private static final int MAX_UPTIME_SECONDS = 100 * 24 * 3600;

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
     * The flock's name is for people who look at the server. The digest distinguishes long names, runs and auth tokens: for a day, a server does not
     * enrol a machine with another auth token than its first.
     */
    private static String prefix(String flock, String run, Secret authToken) {
        byte[] digest = Digests.sha256(flock + "\n" + run + "\n" + authToken.reveal());
        String name = flock.substring(0, Math.min(NAME_LENGTH, flock.length()));
        return name + "-" + HexFormat.of().formatHex(digest, 0, 8) + "-";
    }

    /** The same on every replica, so that a monkey that moves to another one stays the same machine. */
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
                Optional.of(Duration.ofSeconds(random.nextInt(60, MAX_UPTIME_SECONDS))),
                Optional.empty());
    }

    Secret authToken() {
        return authToken;
    }

    /** The same on every replica. */
    ClientKey key(int monkey) {
        return ClientKey.derive(authToken, id(monkey));
    }

    /** Empty if the machine must enrol. */
    Optional<Credentials> credentials(int monkey) {
        return tokenTable.of(monkey).map(token -> new Credentials(id(monkey), token));
    }

    void keep(int monkey, Credentials credentials) {
        tokenTable.keep(monkey, credentials.token());
    }

    void forget(int monkey) {
        tokenTable.forget(monkey);
    }

    /**
     * The machine tokens by monkey number, as bytes in pages that are allocated when first needed: a replica keeps only its share of up to ten
     * million. Thread-safe.
     */
    static final class TokenTable {
        private static final int PAGE_SIZE = 4096;

        private final AtomicReferenceArray<AtomicReferenceArray<byte[]>> pages;

        TokenTable(int count) {
            pages = new AtomicReferenceArray<>((count + PAGE_SIZE - 1) / PAGE_SIZE);
        }

        Optional<Secret> of(int monkey) {
            AtomicReferenceArray<byte[]> page = pages.get(monkey / PAGE_SIZE);
            return Optional.ofNullable(page == null ? null : page.get(monkey % PAGE_SIZE))
                    .map(token -> new Secret(new String(token, US_ASCII)));
        }

        void keep(int monkey, Secret token) {
            if (pages.get(monkey / PAGE_SIZE) == null) {
                pages.compareAndSet(monkey / PAGE_SIZE, null, new AtomicReferenceArray<>(PAGE_SIZE));
            }
            pages.get(monkey / PAGE_SIZE).set(monkey % PAGE_SIZE, token.reveal().getBytes(US_ASCII));
        }

        void forget(int monkey) {
            AtomicReferenceArray<byte[]> page = pages.get(monkey / PAGE_SIZE);
            if (page != null) {
                page.set(monkey % PAGE_SIZE, null);
            }
        }
    }
}
