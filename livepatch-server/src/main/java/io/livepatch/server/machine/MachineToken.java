package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.storage.AsciiSet;
import io.livepatch.storage.Sha256;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The credential of an enrolled machine: {@code base64url(HMAC-SHA256(secret, "machine-token\0" machine-id "\0" nonce))}. It is derived
 * from a secret at each enrolment, so that the same client gets the same token although only its hash is stored. The secret is the
 * client's enrolment key; the auth token, if that is for shared images; random bytes, if the client has no key.
 */
record MachineToken(String text) {
    static final int NONCE_BYTES = 16;

    private static final String ALGORITHM = "HmacSHA256";
    private static final AsciiSet BASE64URL = AsciiSet.of("A-Za-z0-9_-");
    /** 32 bytes in base64url without padding. */
    private static final int LENGTH = 43;

    static MachineToken of(byte[] secret, MachineId machine, byte[] nonce) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            mac.update(("machine-token\0" + machine.text() + "\0").getBytes(UTF_8));
            return new MachineToken(Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(nonce)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has " + ALGORITHM, e);
        }
    }

    static boolean isWellFormed(String text) {
        return BASE64URL.matches(text, LENGTH, LENGTH);
    }

    Sha256 hash() {
        return Sha256.of(text.getBytes(UTF_8));
    }

    @Override
    public String toString() {
        return "MachineToken[…]";
    }
}
