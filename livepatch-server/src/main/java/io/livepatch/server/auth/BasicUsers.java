package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import io.livepatch.common.config.Secret;
import io.livepatch.server.config.UnitConfig.AuthConfig.BasicUser;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The users of {@code auth.basic.users}. A password check takes the same time whether its user exists or not, and the number of concurrent
 * checks is limited: bcrypt is slow by design, and many log-ins must leave CPU for machines. Thread-safe.
 */
public final class BasicUsers {
    private static final Duration MAX_WAIT = Duration.ofSeconds(2);
    /** bcrypt ignores further bytes of a password; htpasswd truncates it, too. */
    private static final int BCRYPT_BYTES = 72;

    private static final int DEFAULT_COST = 10;
    private static final String UNKNOWN_USERS_SALT_AND_HASH = "$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";

    private final Map<String, Secret> hashes;
    /** The hash of no password, checked for unknown users. */
    private final Secret unknownUser;

    private final Semaphore verifying;
    private final Duration maxWait;

    public BasicUsers(List<BasicUser> users) {
        this(users, Math.max(1, Runtime.getRuntime().availableProcessors() / 2), MAX_WAIT);
    }

    BasicUsers(List<BasicUser> users, int atOnce, Duration maxWait) {
        this.hashes = users.stream().collect(Collectors.toUnmodifiableMap(BasicUser::name, BasicUser::bcrypt));
        int cost = users.stream().mapToInt(BasicUsers::cost).max().orElse(DEFAULT_COST);
        this.unknownUser = new Secret("$2y$%02d%s".formatted(cost, UNKNOWN_USERS_SALT_AND_HASH));
        this.verifying = new Semaphore(atOnce, true);
        this.maxWait = maxWait;
    }

    private static int cost(BasicUser user) {
        return Integer.parseInt(user.bcrypt().reveal().substring(4, 6));
    }

    /** SHA-256 of the user's line, which changes with the password; empty for an unknown user. */
    Optional<Sha256> credential(String name) {
        return Optional.ofNullable(hashes.get(name))
                .map(hash -> Sha256.of((name + ":" + hash.reveal()).getBytes(UTF_8)));
    }

    /** The credentials of all users, by name. */
    SortedMap<String, Sha256> credentials() {
        SortedMap<String, Sha256> credentials = new TreeMap<>();
        hashes.keySet().forEach(name -> credential(name).ifPresent(credential -> credentials.put(name, credential)));
        return credentials;
    }

    /**
     * Whether the password is the user's.
     *
     * @throws ProblemException.Unavailable if too many passwords are being checked
     */
    boolean accepts(String name, String password) {
        boolean known = hashes.containsKey(name);
        boolean right = verify(password.getBytes(UTF_8), hashes.getOrDefault(name, unknownUser)) && known;
        if (!right) {
            String event = known ? "wrong_password" : "user_not_found";
            SecurityLog.refusedLogin(
                    "basicauth_authn_failed:" + event,
                    known ? name : "unknown",
                    "a log-in with user and password was refused");
        }
        return right;
    }

    private boolean verify(byte[] password, Secret hash) {
        acquire();
        try {
            // bcrypt hashes a terminating NUL unless the password has its maximal length.
            BCrypt.Version version = password.length < BCRYPT_BYTES
                    ? BCrypt.Version.VERSION_2Y
                    : BCrypt.Version.VERSION_2Y_NO_NULL_TERMINATOR;
            byte[] significant = Arrays.copyOf(password, Math.min(password.length, BCRYPT_BYTES));
            return BCrypt.verifyer(version, LongPasswordStrategies.none())
                    .verify(significant, hash.reveal().getBytes(UTF_8))
                    .verified;
        } finally {
            verifying.release();
        }
    }

    private void acquire() {
        try {
            if (!verifying.tryAcquire(maxWait.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ProblemException.Unavailable("too many log-ins at once; try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProblemException.Unavailable("the server is stopping", e);
        }
    }
}
