package io.livepatch.server.download;

import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.problem.ProblemException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.spec.SecretKeySpec;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that sign URLs, shared by all units through the database.
 *
 * <pre>
 *  created ──60 s──▶ signs ──until a newer one signs──▶ only verifies ──8 days──▶ deleted
 * </pre>
 *
 * Every unit reads the keys at least every ten seconds, so all have a key before it signs. A URL lives for a week at most, so a key is
 * deleted after the last URL that it signed has expired. Ages are by the database's clock. Empty until {@link #load} has succeeded once;
 * from then on no database is needed. Thread-safe.
 */
public final class SigningKeys {
    static final String ALGORITHM = "HmacSHA256";

    /** Six times the longest period in which a unit reads the keys. */
    static final Duration SIGNS_AFTER = Duration.ofSeconds(60);

    /** The longest {@code server.url-ttl}, and a day for a unit that signs with old keys while the database is unavailable. */
    static final Duration RETENTION = Duration.ofDays(8);

    /** Limits the cost of a URL without the number of its key, which is verified with every key. */
    private static final int MAX_KEYS = 50;

    private static final int KEY_BYTES = 32;
    private static final Duration MIN_PERIOD = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

    private final SigningKeyDao dao;
    private final Duration maxAge;
    private final SecureRandom random = new SecureRandom();
    private final Ticker ticker;
    private final AtomicLong readAt;
    private volatile Loaded loaded = new Loaded(List.of(), Optional.empty());

    record Key(int id, SecretKeySpec secret) {}

    /**
     * The keys as of the last read.
     *
     * @param all the newest first
     * @param signing empty only if there are no keys
     */
    private record Loaded(List<Key> all, Optional<Key> signing) {}

    /**
     * Reads nothing.
     *
     * @param maxAge after which a new key is created; zero for never
     */
    public SigningKeys(Jdbi jdbi, Duration maxAge) {
        this(jdbi, maxAge, Ticker.systemTicker());
    }

    SigningKeys(Jdbi jdbi, Duration maxAge, Ticker ticker) {
        this.dao = jdbi.onDemand(SigningKeyDao.class);
        this.maxAge = maxAge;
        this.ticker = ticker;
        this.readAt = new AtomicLong(ticker.read() - MIN_PERIOD.toNanos());
    }

    /**
     * Reads the keys; creates the first one if there is none. Throws JDBI's exception while the database is unavailable: call it until it
     * succeeds. Later calls pick up changes.
     */
    public void load() {
        if (dao.newest().isEmpty()) {
            dao.useTransaction(tx -> {
                tx.lock();
                if (tx.newest().isEmpty()) {
                    tx.insert(secret(), 0);
                }
            });
        }
        publish(dao.keys());
    }

    private void publish(List<SigningKeyDao.Key> keys) {
        List<Key> all = keys.stream().map(SigningKeys::key).toList();
        // If none may sign yet, the oldest: it is the most likely to have reached all units.
        Optional<Key> signing = keys.stream()
                .filter(SigningKeyDao.Key::signs)
                .map(SigningKeys::key)
                .findFirst()
                .or(() -> all.isEmpty() ? Optional.empty() : Optional.of(all.getLast()));
        loaded = new Loaded(all, signing);
    }

    private static Key key(SigningKeyDao.Key key) {
        return new Key(key.keyId(), new SecretKeySpec(HexFormat.of().parseHex(key.secret()), ALGORITHM));
    }

    private byte[] secret() {
        byte[] secret = new byte[KEY_BYTES];
        random.nextBytes(secret);
        return secret;
    }

    /**
     * Reads the keys, creates the next one if the newest is too old, and deletes expired ones. No effect within a second of the last call,
     * so it may be called for every change in the database. Throws JDBI's exception while the database is unavailable.
     */
    public void refresh() {
        if (!mayRead()) {
            return;
        }
        List<SigningKeyDao.Key> keys = dao.keys();
        if (keys.stream().anyMatch(SigningKeys::isInFuture)) {
            keys = bringForward();
        }
        if (keys.stream().findFirst().filter(this::isTooOld).isPresent()) {
            dao.useTransaction(tx -> {
                tx.lock();
                if (tx.newest().filter(this::isTooOld).isPresent()) {
                    tx.insert(secret(), SIGNS_AFTER.toSeconds());
                    LOG.info("created a new key to sign URLs: the last one has signed for longer than {}", maxAge);
                }
            });
            keys = dao.keys();
        }
        if (keys.stream().anyMatch(SigningKeys::isExpired)) {
            LOG.info("deleted {} keys whose URLs have all expired", dao.deleteSucceeded(RETENTION.toSeconds()));
            keys = dao.keys();
        }
        publish(keys);
    }

    /** Whether it signs later than a key created now would: the database's clock was set back. */
    private static boolean isInFuture(SigningKeyDao.Key key) {
        return key.ageSeconds() < -SIGNS_AFTER.toSeconds();
    }

    private List<SigningKeyDao.Key> bringForward() {
        return dao.inTransaction(tx -> {
            tx.lock();
            int late = tx.bringForward(SIGNS_AFTER.toSeconds());
            if (late > 0) {
                LOG.warn(
                        "{} keys to sign URLs have a creation time in the future, since the database's clock was set back; they sign"
                                + " in {} s",
                        late,
                        SIGNS_AFTER.toSeconds());
            }
            return tx.keys();
        });
    }

    private boolean isTooOld(SigningKeyDao.Key newest) {
        return maxAge.isPositive() && newest.ageSeconds() > maxAge.toSeconds();
    }

    private static boolean isExpired(SigningKeyDao.Key key) {
        Double succeeded = key.succeededSeconds();
        return succeeded != null && succeeded > RETENTION.toSeconds();
    }

    /** True at most once a second; then the caller reads the keys. */
    private boolean mayRead() {
        long now = ticker.read();
        long before = readAt.get();
        return now - before >= MIN_PERIOD.toNanos() && readAt.compareAndSet(before, now);
    }

    /**
     * Creates a key that signs in a minute.
     *
     * @return its number
     * @throws ProblemException.Conflict if the newest key does not sign yet, or there are too many
     */
    int rotate() {
        SigningKeyDao.Key made = dao.inTransaction(tx -> {
            tx.lock();
            tx.bringForward(SIGNS_AFTER.toSeconds());
            List<SigningKeyDao.Key> keys = tx.keys();
            if (!keys.isEmpty() && !keys.getFirst().signs()) {
                throw new ProblemException.Conflict("key " + keys.getFirst().keyId()
                        + " was created already and signs in "
                        + Math.round(-keys.getFirst().ageSeconds())
                        + " s; rotate again after that");
            }
            if (keys.size() >= MAX_KEYS) {
                throw new ProblemException.Conflict("there are " + keys.size() + " keys; each is deleted "
                        + RETENTION.toDays() + " days after a newer one began to sign");
            }
            tx.insert(secret(), SIGNS_AFTER.toSeconds());
            return tx.newest().orElseThrow();
        });
        load();
        return made.keyId();
    }

    /** All keys without their secrets, the newest first. */
    List<SigningKeyDao.Listed> list() {
        return dao.list();
    }

    public boolean loaded() {
        return !loaded.all.isEmpty();
    }

    /**
     * The key that signs.
     *
     * @throws ProblemException.Unavailable while there are no keys
     */
    Key signing() {
        return loaded.signing.orElseThrow(SigningKeys::notLoaded);
    }

    /**
     * All keys, the newest first.
     *
     * @throws ProblemException.Unavailable while there are no keys
     */
    List<Key> all() {
        List<Key> keys = loaded.all;
        if (keys.isEmpty()) {
            throw notLoaded();
        }
        return keys;
    }

    private static ProblemException notLoaded() {
        return new ProblemException.Unavailable(
                "the keys that sign URLs have not been read from the database yet; try again");
    }
}
