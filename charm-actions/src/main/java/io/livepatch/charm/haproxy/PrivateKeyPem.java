package io.livepatch.charm.haproxy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.jspecify.annotations.Nullable;

/**
 * A private key without a pass phrase as PEM: PKCS #8, or the older PKCS #1 of RSA and SEC 1 of elliptic curves. Never prints the
 * key. Starts no process, since {@code config} checks keys while the model is locked.
 */
final class PrivateKeyPem {
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN ((?:[A-Z]+ )?)PRIVATE KEY-----(.*?)-----END \\1PRIVATE KEY-----", Pattern.DOTALL);
    private static final List<String> ALGORITHMS = List.of("RSA", "RSASSA-PSS", "EC", "EdDSA");
    private static final byte[] CHALLENGE = "the key of this certificate".getBytes(StandardCharsets.US_ASCII);

    private final String text;
    private final boolean pkcs8;
    /** Null if the key cannot be read. */
    private final @Nullable PrivateKeyInfo info;

    private PrivateKeyPem(String text, boolean pkcs8) {
        this.text = text;
        this.pkcs8 = pkcs8;
        this.info = parse(text);
    }

    /** The first one of a text; empty if there is none. */
    static Optional<PrivateKeyPem> find(String text) {
        Matcher block = BLOCK.matcher(text);
        return block.find()
                ? Optional.of(new PrivateKeyPem(block.group(), block.group(1).isEmpty()))
                : Optional.empty();
    }

    private static @Nullable PrivateKeyInfo parse(String block) {
        try (PEMParser parser = new PEMParser(new StringReader(block))) {
            return switch (parser.readObject()) {
                case PrivateKeyInfo it -> it;
                case PEMKeyPair it -> it.getPrivateKeyInfo();
                case null, default -> null;
            };
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            return null;
        }
    }

    /** The PEM block, without text before and after it. */
    String text() {
        return text;
    }

    /** Whether it is a key that Java can read. Of the older formats only the structure is checked. */
    boolean readable() {
        PrivateKeyInfo read = info;
        return read != null
                && (!pkcs8 || ALGORITHMS.stream().anyMatch(it -> key(it, read).isPresent()));
    }

    boolean belongsTo(PublicKey publicKey) {
        return keyOf(publicKey).isPresent();
    }

    /** The private key of this public key, as a signature proves, or for RSA the modulus; empty if this is another key. */
    Optional<PrivateKey> keyOf(PublicKey publicKey) {
        return Optional.ofNullable(info)
                .map(it -> pkcs8 ? it : withAlgorithmOf(publicKey, it))
                .flatMap(it -> key(publicKey.getAlgorithm(), it))
                .filter(it -> it instanceof RSAKey own
                        ? publicKey instanceof RSAKey other && own.getModulus().equals(other.getModulus())
                        : signs(it, publicKey));
    }

    /** The older formats may lack the algorithm and the curve, which the public key has. */
    private static PrivateKeyInfo withAlgorithmOf(PublicKey publicKey, PrivateKeyInfo older) {
        try {
            return new PrivateKeyInfo(
                    SubjectPublicKeyInfo.getInstance(publicKey.getEncoded()).getAlgorithm(), older.parsePrivateKey());
        } catch (IOException e) {
            throw new IllegalStateException("a key that was read cannot be encoded", e);
        }
    }

    private static Optional<PrivateKey> key(String algorithm, PrivateKeyInfo info) {
        try {
            return Optional.of(
                    KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded())));
        } catch (GeneralSecurityException | IOException e) {
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

    @Override
    public String toString() {
        return "private key";
    }
}
