package io.livepatch.server.download;

import io.livepatch.server.problem.ProblemException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.jdbi.v3.core.Jdbi;

/**
 * The keys that sign URLs, which all units share through the database. Empty until {@link #load} has succeeded once, and
 * from then on good without a database. Thread-safe.
 */
public final class SigningKeys {
    static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;

    private final Jdbi jdbi;
    private final InstantSource clock;
    private volatile List<SecretKeySpec> keys = List.of();

    public SigningKeys(Jdbi jdbi, InstantSource clock) {
        this.jdbi = jdbi;
        this.clock = clock;
    }

    /**
     * Reads the keys; makes the first one if no unit has done so yet. Throws what JDBI throws while the database is away: call
     * it until it succeeds. Calling it again later picks up keys that were added or removed since.
     */
    public void load() {
        SigningKeyDao dao = jdbi.onDemand(SigningKeyDao.class);
        List<byte[]> secrets = dao.secrets();
        if (secrets.isEmpty()) {
            byte[] secret = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(secret);
            secrets = dao.secretsOrFirst(secret, clock.instant());
        }
        keys = secrets.stream()
                .map(secret -> new SecretKeySpec(secret, ALGORITHM))
                .toList();
    }

    /** Whether there are keys. */
    public boolean loaded() {
        return !keys.isEmpty();
    }

    /** All keys, the one that signs first. */
    List<SecretKeySpec> all() {
        List<SecretKeySpec> loaded = keys;
        if (loaded.isEmpty()) {
            throw new ProblemException.Unavailable(
                    "the keys that sign URLs have not been read from the database yet; try again");
        }
        return loaded;
    }
}
