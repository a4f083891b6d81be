package io.livepatch.charm.haproxy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private key without a pass phrase as PEM: PKCS #8, or the older PKCS #1 of RSA and SEC 1 of elliptic curves. Never prints the
 * key. Starts no process, since {@code config} checks keys while the model is locked.
 */
final class PrivateKeyPem {
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN ((?:[A-Z]+ )?)PRIVATE KEY-----(.*?)-----END \\1PRIVATE KEY-----", Pattern.DOTALL);
    private static final List<String> ALGORITHMS = List.of("RSA", "RSASSA-PSS", "EC", "EdDSA");
    private static final byte SEQUENCE = 0x30;
    private static final byte OCTET_STRING = 4;
    private static final byte[] VERSION = {2, 1, 0};
    private static final byte[] CHALLENGE = "the key of this certificate".getBytes(StandardCharsets.US_ASCII);

    private final String text;
    private final byte[] der;
    private final boolean pkcs8;

    private PrivateKeyPem(String text, byte[] der, boolean pkcs8) {
        this.text = text;
        this.der = der;
        this.pkcs8 = pkcs8;
    }

    /** The first one of a text; empty if there is none. */
    static Optional<PrivateKeyPem> find(String text) {
        Matcher block = BLOCK.matcher(text);
        if (!block.find()) {
            return Optional.empty();
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(block.group(2));
        } catch (IllegalArgumentException e) {
            // Found, and not readable.
            der = new byte[0];
        }
        return Optional.of(new PrivateKeyPem(block.group(), der, block.group(1).isEmpty()));
    }

    /** The PEM block, without text before and after it. */
    String text() {
        return text;
    }

    /** Whether it is a key that Java can read. Of the older formats only the outer structure is looked at. */
    boolean readable() {
        if (der.length < 2 || der[0] != SEQUENCE || end(der, 0) != der.length) {
            return false;
        }
        return !pkcs8 || ALGORITHMS.stream().anyMatch(it -> key(it, der).isPresent());
    }

    /** Whether it is the private key of this public key: proven with a signature, for RSA by the modulus. */
    boolean belongsTo(PublicKey publicKey) {
        if (!readable()) {
            return false;
        }
        byte[] wrapped = pkcs8 ? der : wrapped(publicKey);
        return key(publicKey.getAlgorithm(), wrapped)
                .filter(it -> it instanceof RSAKey own
                        ? publicKey instanceof RSAKey other && own.getModulus().equals(other.getModulus())
                        : signs(it, publicKey))
                .isPresent();
    }

    private static Optional<PrivateKey> key(String algorithm, byte[] pkcs8) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private static boolean signs(PrivateKey key, PublicKey publicKey) {
        try {
            Signature signature =
                    Signature.getInstance(publicKey.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "EdDSA");
            signature.initSign(key);
            signature.update(CHALLENGE);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(CHALLENGE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** As PKCS #8. The older formats lack the algorithm and the curve, which the public key tells. */
    private byte[] wrapped(PublicKey publicKey) {
        byte[] spki = publicKey.getEncoded();
        int at = content(spki, 0);
        byte[] algorithm = Arrays.copyOfRange(spki, at, end(spki, at));
        return element(SEQUENCE, VERSION, algorithm, element(OCTET_STRING, der));
    }

    private static byte[] element(byte tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        // Three bytes are enough for any key; KeyFactory accepts only the shortest form.
        int length = content.size();
        if (length > 0xff) {
            all.write(0x82);
            all.write(length >> 8);
        } else if (length > 0x7f) {
            all.write(0x81);
        }
        all.write(length);
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }

    /** Where the content of the element begins that stands there. */
    private static int content(byte[] der, int at) {
        return at + 2 + (der[at + 1] < 0 ? der[at + 1] & 0x7f : 0);
    }

    /** Where the element ends that stands there; -1 if it is longer than any key. */
    private static int end(byte[] der, int at) {
        int content = content(der, at);
        if (der[at + 1] >= 0) {
            return content + der[at + 1];
        }
        if (content > at + 5 || content > der.length) {
            return -1;
        }
        int length = 0;
        for (int i = at + 2; i < content; i++) {
            length = (length << 8) | (der[i] & 0xff);
        }
        return content + length;
    }

    @Override
    public String toString() {
        return "private key";
    }
}
