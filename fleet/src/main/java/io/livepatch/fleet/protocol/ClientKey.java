package io.livepatch.fleet.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.common.config.Secret;
import io.livepatch.fleet.protocol.Credentials.MachineId;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The enrolment key: it proves to the server that a re-enrolment comes from the client that enrolled the machine. Never printed.
 *
 * @param reveal the key itself, 22 to 128 characters of base64url; review each call
 */
public record ClientKey(String reveal) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{22,128}");
    private static final int BYTES = 32;

    public ClientKey {
        if (!FORM.matcher(reveal).matches()) {
            throw new IllegalArgumentException("an enrolment key is 22 to 128 characters of base64url");
        }
    }

    /** A new key of 256 random bits. Store it before the first use. */
    public static ClientKey generate() {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return of(bytes);
    }

    /** The key of a simulated machine: an HMAC of the machine id under the auth token, the same on every replica. */
    public static ClientKey derive(Secret authToken, MachineId machine) {
        return of(hmac(authToken.reveal(), "enrolment-key\0" + machine.text()));
    }

    /**
     * The key for one server: an HMAC of its URL under this key, so that a server can neither enrol the machine at another server nor
     * learn this key.
     */
    public ClientKey forServer(ServerAddress server) {
        return of(hmac(reveal, "enrolment-key at\0" + server));
    }

    private static byte[] hmac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(US_ASCII), "HmacSHA256"));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has HMAC-SHA256", e);
        }
    }

    private static ClientKey of(byte[] bytes) {
        return new ClientKey(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    @Override
    public String toString() {
        return "***";
    }
}
