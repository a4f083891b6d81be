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
 * The keys that sign URLs, which all units share through the database.
 *
 * <pre>
 *  made ──60 s──▶ signs ──until a newer one signs──▶ only verifies ──8 days──▶ deleted
 * </pre>
 *
 * Every unit reads the keys at least every ten seconds, so all know a key before it signs. A URL lives for a week at most, so a key is
 * deleted only when no URL that it signed is good any more. Ages are judged by the database's clock. Empty until {@link #load} has
 * succeeded once, and from then on good without a database. Thread-safe.
 */
public final class SigningKeys {
    static final String ALGORITHM = "HmacSHA256";

    /** Six times what a unit takes at most to read a new key. */
    static final Duration SIGNS_AFTER = Duration.ofSeconds(60);

    /** The longest {@code server.url-ttl}, and a day for a unit that signed with its old keys while the database was away. */
    static final Duration KEPT = Duration.ofDays(8);

    /** Bounds what the verification of a URL from before keys had numbers can cost: it tries them all. */
    private static final int MOST = 50;

    private static final int KEY_BYTES = 32;
    private static final Duration LEAST_PAUSE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

    private final SigningKeyDao dao;
    private final Duration longestAge;
    private final SecureRandom random = new SecureRandom();
    private final Ticker ticker;
    private final AtomicLong readAt;
    private volatile Loaded loaded = new Loaded(List.of(), Optional.empty());

    /** A key with its number. */
    record Key(int id, SecretKeySpec secret) {}

    /**
     * The keys of one moment.
     *
     * @param all the newest first
     * @param signing the one that signs; empty only while there is none at all
     */
    private record Loaded(List<Key> all, Optional<Key> signing) {}

    /**
     * Reads nothing yet.
     *
     * @param longestAge after which a new key is made; zero for never
     */
    public SigningKeys(Jdbi jdbi, Duration longestAge) {
        this(jdbi, longestAge, Ticker.systemTicker());
    }

    SigningKeys(Jdbi jdbi, Duration longestAge, Ticker ticker) {
        this.dao = jdbi.onDemand(SigningKeyDao.class);
        this.longestAge = longestAge;
        this.ticker = ticker;
        this.readAt = new AtomicLong(ticker.read() - LEAST_PAUSE.toNanos());
    }

    /**
     * Reads the keys; makes the first one if no unit has done so yet. Throws what JDBI throws while the database is away: call
     * it until it succeeds. Calling it again later picks up keys that were added or removed since.
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
        take(dao.keys());
    }

    private void take(List<SigningKeyDao.Key> keys) {
        List<Key> all = keys.stream().map(SigningKeys::key).toList();
        // Without one whose time has come, the oldest: it has been known for longest.
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
     * Reads the keys anew, makes the next one if the newest is too old, and deletes those whose time is over. Does nothing within a second
     * of the last time, so that it may be called for every change in the database. Throws what JDBI throws while that is away.
     */
    public void keepUp() {
        if (!mayRead()) {
            return;
        }
        List<SigningKeyDao.Key> keys = dao.keys();
        if (keys.stream().anyMatch(SigningKeys::tooLate)) {
            keys = bringForward();
        }
        if (keys.stream().findFirst().filter(this::tooOld).isPresent()) {
            dao.useTransaction(tx -> {
                tx.lock();
                if (tx.newest().filter(this::tooOld).isPresent()) {
                    tx.insert(secret(), SIGNS_AFTER.toSeconds());
                    LOG.info("made a new key to sign URLs with: the last one signs for longer than {}", longestAge);
                }
            });
            keys = dao.keys();
        }
        if (keys.stream().anyMatch(SigningKeys::over)) {
            LOG.info("deleted {} keys that no URL is signed with any more", dao.deleteSucceeded(KEPT.toSeconds()));
            keys = dao.keys();
        }
        take(keys);
    }

    /** Whether it would sign later than a key that is made now: the database's clock was set back since it was made. */
    private static boolean tooLate(SigningKeyDao.Key key) {
        return key.ageSeconds() < -SIGNS_AFTER.toSeconds();
    }

    private List<SigningKeyDao.Key> bringForward() {
        return dao.inTransaction(tx -> {
            tx.lock();
            int late = tx.bringForward(SIGNS_AFTER.toSeconds());
            if (late > 0) {
                LOG.warn(
                        "{} keys to sign URLs with were made in the future by the clock of the database, which was set back; they sign"
                                + " in {} s",
                        late,
                        SIGNS_AFTER.toSeconds());
            }
            return tx.keys();
        });
    }

    private boolean tooOld(SigningKeyDao.Key newest) {
        return longestAge.isPositive() && newest.ageSeconds() > longestAge.toSeconds();
    }

    private static boolean over(SigningKeyDao.Key key) {
        Double succeeded = key.succeededSeconds();
        return succeeded != null && succeeded > KEPT.toSeconds();
    }

    /** Whether a second has passed since the keys were last read; if so, the caller is to read them. */
    private boolean mayRead() {
        long now = ticker.read();
        long before = readAt.get();
        return now - before >= LEAST_PAUSE.toNanos() && readAt.compareAndSet(before, now);
    }

    /**
     * Makes a key that signs in a minute.
     *
     * @return its number
     * @throws ProblemException.Conflict if one that was made before does not sign yet, or there are too many
     */
    int rotate() {
        SigningKeyDao.Key made = dao.inTransaction(tx -> {
            tx.lock();
            tx.bringForward(SIGNS_AFTER.toSeconds());
            List<SigningKeyDao.Key> keys = tx.keys();
            if (!keys.isEmpty() && !keys.getFirst().signs()) {
                throw new ProblemException.Conflict("key " + keys.getFirst().keyId()
                        + " was made already and signs in "
                        + Math.round(-keys.getFirst().ageSeconds())
                        + " s; rotate again after that if you mean to");
            }
            if (keys.size() >= MOST) {
                throw new ProblemException.Conflict("there are " + keys.size() + " keys; each is deleted "
                        + KEPT.toDays() + " days after a newer one began to sign");
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

    /** Whether there are keys. */
    public boolean loaded() {
        return !loaded.all.isEmpty();
    }

    /**
     * The key that signs.
     *
     * @throws ProblemException.Unavailable while there are no keys yet
     */
    Key signing() {
        return loaded.signing.orElseThrow(SigningKeys::unread);
    }

    /**
     * All keys, the newest first.
     *
     * @throws ProblemException.Unavailable while there are no keys yet
     */
    List<Key> all() {
        List<Key> keys = loaded.all;
        if (keys.isEmpty()) {
            throw unread();
        }
        return keys;
    }

    private static ProblemException unread() {
        return new ProblemException.Unavailable(
                "the keys that sign URLs have not been read from the database yet; try again");
    }
}
