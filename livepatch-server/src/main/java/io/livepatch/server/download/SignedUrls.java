package io.livepatch.server.download;

import io.livepatch.common.config.GoDuration;
import io.livepatch.server.config.ServerConfig;
import io.livepatch.server.config.UrlTemplate;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs and verifies URLs that give access to one patch for a limited time, at any unit, without other credentials. The signature is
 * HMAC-SHA256 over the file name, a line feed and the expiry, with the key whose number is in the URL; a URL of a release before keys had
 * numbers is verified with every key. Thread-safe; only {@link #readKeys} uses the database.
 */
public final class SignedUrls {
    static final String EXPIRES = "expires";
    static final String KEY = "key";
    static final String SIGNATURE = "signature";

    /**
     * The longest accepted remaining lifetime: the maximum of {@code server.url-ttl}, and 5 minutes for clocks that are ahead. Not this
     * unit's own {@code server.url-ttl}: during a change of it units have different ones, and all URLs must stay valid.
     */
    static final Duration MAX_LIFETIME =
            GoDuration.parse(ServerConfig.MAX_URL_TTL).plusMinutes(5);

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final Pattern HMAC = Pattern.compile("[A-Za-z0-9_-]{43}");
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** The path of the route that serves patches. */
    static final String PATH = "/v1/patches/";

    private final Optional<UrlTemplate> template;
    private final Duration ttl;
    private final SigningKeys keys;
    private final InstantSource clock;

    /** @param template of absolute URLs; empty for references relative to the address of a unit */
    public SignedUrls(Optional<UrlTemplate> template, Duration ttl, SigningKeys keys, InstantSource clock) {
        this.template = template;
        this.ttl = ttl;
        this.keys = keys;
        this.clock = clock;
    }

    /** The lifetime of a new URL. */
    Duration ttl() {
        return ttl;
    }

    /** Whether {@link #url} returns absolute URLs, which may lead to another host, such as a cache in front of the units. */
    boolean absolute() {
        return template.isPresent();
    }

    /**
     * Signs a URL for this patch. Without {@code server.url-template} it is a path and a query, a relative reference (RFC 3986, 4.2) that
     * is valid at every address of every unit.
     *
     * @throws ProblemException.Unavailable while there are no keys
     */
    public String url(PatchName name) {
        // A file name has no characters that a path escapes.
        String base = template.map(it -> it.url(name)).orElseGet(() -> PATH + name.fileName());
        String expires = Long.toString(clock.instant().plus(ttl).getEpochSecond());
        SigningKeys.Key key = keys.signing();
        return base + (base.indexOf('?') < 0 ? '?' : '&') + EXPIRES + "=" + expires + "&" + KEY + "=" + key.id() + "&"
                + SIGNATURE + "=" + signature(key.secret(), name, expires);
    }

    /** Whether this is the number of a key that this unit has not read, perhaps a new one. */
    boolean unknownKey(String key) {
        return NUMBER.matcher(key).matches() && keys.loaded() && keys(key).isEmpty();
    }

    /** Reads the keys again, at most once a second, so that invented numbers cost no more. May wait for the database. */
    void readKeys() {
        keys.refresh();
    }

    /** The keys that may have signed a URL with this number, or without one. */
    private List<SigningKeys.Key> keys(String number) {
        return keys.all().stream()
                .filter(key -> number.isEmpty() || number.equals(String.valueOf(key.id())))
                .toList();
    }

    /**
     * Verifies a signature and returns the remaining lifetime of the URL.
     *
     * @param key the number of the key; empty in a URL of a release before keys had numbers
     * @throws ProblemException.BadRequest if a value is malformed
     * @throws ProblemException.Forbidden if the signature is wrong or expired, or its lifetime exceeds {@link #MAX_LIFETIME}, since the
     *     signing unit's clock is ahead
     * @throws ProblemException.Unavailable while there are no keys
     */
    Duration verify(PatchName name, String expires, String key, String signature) {
        if (!SECONDS.matcher(expires).matches()
                || !HMAC.matcher(signature).matches()
                || !(key.isEmpty() || NUMBER.matcher(key).matches())) {
            throw new ProblemException.BadRequest(
                    "'expires' should be Unix seconds, 'key' a number and 'signature' 43 characters of base64url; use the"
                            + " URL that the check-in answered, unchanged");
        }
        // Not short-circuited: the time must not depend on the key that matches.
        boolean signed = keys(key).stream()
                .map(one -> equalConstantTime(signature(one.secret(), name, expires), signature))
                .reduce(false, Boolean::logicalOr);
        if (!signed) {
            throw new ProblemException.Forbidden(
                    "the signature is not valid for this URL; check in again to get a new URL");
        }
        Duration left = Duration.between(clock.instant(), Instant.ofEpochSecond(Long.parseLong(expires)));
        if (!left.isPositive()) {
            throw new ProblemException.Forbidden("the URL has expired; check in again to get a new URL");
        }
        if (left.compareTo(MAX_LIFETIME) > 0) {
            throw new ProblemException.Forbidden("the URL is good for " + left.toSeconds()
                    + " s, longer than server.url-ttl can be: the clock of the unit that signed it is ahead of this unit's clock;"
                    + " check in again to get a new URL");
        }
        return left;
    }

    /** Compares the text, not the decoded bytes: base64url has four texts for the same 32 bytes. */
    private static boolean equalConstantTime(String expected, String actual) {
        return MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.US_ASCII), actual.getBytes(StandardCharsets.US_ASCII));
    }

    private static String signature(SecretKeySpec key, PatchName name, String expires) {
        try {
            Mac mac = Mac.getInstance(SigningKeys.ALGORITHM);
            mac.init(key);
            byte[] signed = mac.doFinal((name.fileName() + "\n" + expires).getBytes(StandardCharsets.US_ASCII));
            return BASE64.encodeToString(signed);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has HMAC-SHA256 and takes any key for it", e);
        }
    }
}
